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
	"github.com/parleysystems/parley/systems/replication/multimaster"
	"github.com/parleysystems/parley/systems/replication/quorum"
)

// Partition makes two designs choose.
var Partition = experiment.Register(&experiment.Experiment{
	System: "consistency", Name: "partition", Hosts: "3 or 5",
	Question: `Can a replicated object answer everybody and be linearizable while the network is split in two? On the same
hosts there are registers by majorities and registers of which every copy is a master; clients read and write on both sides
of the split, and no host fails. By majorities the history is linearizable and the smaller side is refused everything. The
masters answer everything, and Porcupine must object to their history; afterwards they agree. No design and no seed has
both.`,
	Canon: []string{"consistency.cap.partition-choice"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		hosts := ordertest.Hosts(sim.Choose(k, "hosts", 3, 5))
		return ordertest.Do(seed, o, ordertest.Setup{
			Sim: sim.Config{Link: sim.Link{
				Delay: sim.LongTail(k.Duration("delay", time.Millisecond, 10*time.Millisecond), 100*time.Millisecond), Reorder: 0.3,
			}},
			Body: func(r *ordertest.Run) error { return partition(r, hosts) },
		})
	},
})

// sides are the clients of one design, those with the minority first.
type sides struct {
	history      *recorder
	minor, major *client
}

func partition(r *ordertest.Run, hosts []string) error {
	s := newStage(r, hosts)
	minor, major := hosts[:len(hosts)/2], hosts[len(hosts)/2:]
	masters := s.mastersOf(hosts, true)
	cfg := quorum.Majorities(s.copies)
	cfg.Timeout = 200 * time.Millisecond
	design := func(name string, connect func(int) func(node.Env) store) (d sides) {
		d.history = s.recorder()
		d.minor = s.add(name+"-minor", &client{count: 20, pause: 30 * time.Millisecond, recorder: d.history, connect: connect(0)})
		d.major = s.add(name+"-major", &client{count: 40, pause: 30 * time.Millisecond, recorder: d.history, connect: connect(len(hosts) - 1)})
		return d
	}
	mend := r.World.Cut(sim.Halves(
		append([]string{"quorum-minor", "master-minor", "last-writer"}, minor...),
		append([]string{"quorum-major", "master-major", "last-reader"}, major...)))
	byQuorum := design("quorum", func(int) func(node.Env) store { return quorumOf(cfg) })
	byMaster := design("master", func(at int) func(node.Env) store { return masterAt(masters[at]) })
	if err := s.finish(); err != nil {
		return err
	}
	// A write on one side, and then a read on the other.
	for _, last := range []struct {
		host string
		at   int
		in   workload.Request
	}{
		{"last-writer", 0, workload.Request{Verb: workload.Write, Key: "k0", Value: "last"}},
		{"last-reader", len(hosts) - 1, workload.Request{Verb: workload.Read, Key: "k0"}},
	} {
		s.add(last.host, &client{count: 1, pause: time.Millisecond, recorder: byMaster.history,
			connect: masterAt(masters[last.at]), next: func() workload.Request { return last.in }})
		if err := s.finish(); err != nil {
			return err
		}
	}
	mend()
	if err := byQuorum.judge("majorities", true); err != nil {
		return err
	}
	if err := byMaster.judge("masters", false); err != nil {
		return err
	}
	return s.agreement(masters)
}

// judge demands that of the two a design has the one that it is made for, and not
// the other.
func (d *sides) judge(name string, wantLinearizable bool) error {
	h := d.history.History()
	everybody := d.minor.failed == 0 && d.major.failed == 0
	j := linearizable(h)
	switch {
	case j.Verdict == check.Unknown:
		return fmt.Errorf("%s: %v", name, j)
	case everybody && j.Verdict == check.OK:
		return fmt.Errorf("%s answered everybody and are linearizable: %d operations", name, len(h))
	case wantLinearizable && j.Verdict != check.OK:
		return fmt.Errorf("%s: %v", name, j)
	case wantLinearizable && (d.minor.answered() > 0 || d.major.failed > 0):
		return fmt.Errorf("%s answered %d on the smaller side, and left %d unanswered on the larger", name, d.minor.answered(), d.major.failed)
	case !wantLinearizable && !everybody:
		return fmt.Errorf("%s did not answer %d and %d", name, d.minor.failed, d.major.failed)
	}
	return nil
}

// mastersOf puts a copy of the other design on each host.
func (s *stage) mastersOf(hosts []string, converge bool) (all []node.Addr) {
	for _, h := range hosts {
		all = append(all, node.Join(h, "master"))
	}
	for _, a := range all {
		s.World.Host(a.Host()).Serve(a.Service(), func() node.Node {
			return multimaster.New(multimaster.Config{Copies: all, Converge: converge})
		})
	}
	return all
}

// agreement waits until all masters have the same.
func (s *stage) agreement(masters []node.Addr) error {
	return s.Settle(func() error { return sitesDiffer(s.World, masters) }, time.Minute)
}

// answered is how many operations a client had done.
func (c *client) answered() int { return c.done[workload.Read] + c.done[workload.Write] }

// mean is how long an operation took.
func (c *client) mean(v workload.Verb) time.Duration {
	return c.took[v] / time.Duration(max(1, c.done[v]))
}
