package quorumtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/replication/quorum"
)

// Cost measures what quorums of different sizes cost.
var Cost = experiment.Register(&experiment.Experiment{
	System: "consistency", Name: "quorum-cost", Hosts: "3, 5 or 7",
	Question: `What is paid for cheap reads? Clients of two configurations of the same copies do the same: writes to all and
reads of one, and majorities for both. Delays vary from message to message, so who waits for the slowest of all waits
longer than who waits for the middle one, and who takes the first answer the least. Then one copy is away: majorities go
on, and nobody who must write to all can.`,
	Canon: []string{"consistency.quorum.read-write-overlap"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		hosts := ordertest.Hosts(3 + 2*int(seed%3))
		return ordertest.Do(seed, o, ordertest.Setup{
			Timed: true,
			Sim:   sim.Config{Link: sim.Link{Delay: sim.LongTail(5*time.Millisecond, 400*time.Millisecond)}},
			Body:  func(r *ordertest.Run) error { return costs(r, hosts) },
		})
	},
})

// measured is how many requests a mean is taken of, of which about half are reads.
const measured = 200

func costs(r *ordertest.Run, hosts []string) error {
	s := newStage(r, hosts)
	all := quorum.Config{Copies: s.copies, Read: 1, Write: len(s.copies)}
	half := quorum.Majorities(s.copies)
	half.WriteBack = false // both are to be had without
	run := func(name string, cfg quorum.Config, count int) (*client, error) {
		c := s.add(name, &client{count: count, pause: time.Millisecond, recorder: s.recorder(), connect: quorumOf(cfg)})
		return c, s.finish()
	}
	one, err := run("all-or-one", all, measured)
	if err != nil {
		return err
	}
	two, err := run("majorities", half, measured)
	if err != nil {
		return err
	}
	for verb, c := range map[workload.Verb][2]*client{workload.Read: {one, two}, workload.Write: {two, one}} {
		cheap, dear := c[0].mean(verb), c[1].mean(verb)
		r.Stats[verb.String()+" cheap, ms"], r.Stats[verb.String()+" dear, ms"] = cheap.Seconds()*1e3, dear.Seconds()*1e3
		if cheap >= dear {
			return fmt.Errorf("a %v takes %v with the smaller quorum and %v with the larger", verb, cheap, dear)
		}
	}
	r.World.Host(hosts[0]).Crash()
	if two, err = run("majorities-less-one", half, 30); err != nil {
		return err
	}
	if one, err = run("all-less-one", all, 30); err != nil {
		return err
	}
	if two.done[workload.Write] == 0 || two.failed > 0 || one.done[workload.Write] > 0 || one.done[workload.Read] == 0 {
		return fmt.Errorf("without one copy, majorities failed %d times, and all took %d writes", two.failed, one.done[workload.Write])
	}
	return nil
}
