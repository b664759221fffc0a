package quorumtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/replication/quorum"
)

// WriteBack shows what overlap alone does not give.
var WriteBack = experiment.Register(&experiment.Experiment{
	System: "consistency", Name: "write-back", Hosts: "3",
	Question: `Are majorities that overlap enough to be linearizable? A write has reached one of three copies when the
links to the other two become slow. One reader asks that copy and another, and returns the new value; a second reader,
who begins afterwards, asks the two others. Without a write-back it returns the old value, and Porcupine must object;
with one it must return the new value, whatever the delays.`,
	Canon: []string{"consistency.quorum.read-write-overlap"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		delay := sim.Uniform(time.Millisecond, k.Duration("delay", 2*time.Millisecond, 10*time.Millisecond))
		return ordertest.Do(seed, o, ordertest.Setup{
			Timed: true,
			Sim:   sim.Config{Link: sim.Link{Delay: delay}},
			Body:  newThenOld,
		})
	},
})

// newThenOld plays the scene without and with.
func newThenOld(r *ordertest.Run) error {
	s := newStage(r, ordertest.Hosts(3))
	for _, with := range []bool{false, true} {
		h, err := s.scene(with)
		if err != nil {
			return err
		}
		j := linearizable(h)
		if accepted := j.Verdict == check.OK; accepted != with || j.Verdict == check.Unknown {
			return fmt.Errorf("with write-back %v: %v", with, j)
		}
	}
	return nil
}

// scene is a write under way, which copy a alone has, and two readers.
func (s *stage) scene(with bool) (check.Registers, error) {
	cfg := quorum.Majorities(s.copies)
	cfg.WriteBack, cfg.Timeout = with, 10*time.Second
	key, history := fmt.Sprint("key ", with), s.recorder()
	history.Invoke(-1, workload.Request{Verb: workload.Write, Key: key, Value: "new"})
	s.World.Do(s.copies[0], func(n node.Node) {
		n.Receive("writer/client", &quorum.Put{Key: key, Stamp: quorum.Stamp{Number: 1, Writer: "writer/client"}, Value: "new"})
	})
	for reader, away := range []string{"c", "a"} {
		host := fmt.Sprintf("reader%d-%v", reader, with)
		s.add(host, &client{
			count: 1, pause: time.Millisecond, recorder: history, connect: quorumOf(cfg),
			next: func() workload.Request { return workload.Request{Verb: workload.Read, Key: key} },
		})
		s.World.Cut(sim.Halves([]string{host}, []string{away}))
		if err := s.finish(); err != nil {
			return nil, err
		}
	}
	return history.History(), nil
}
