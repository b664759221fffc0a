package vrtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Membership replaces a replica under both protocols.
var Membership = versus{
	name: "membership", hosts: "3, and one that joins",
	question: `Who pauses while a member is replaced? One of three replicas gives way to a fourth under a steady load,
under Raft and under viewstamped replication. Raft goes through joint consensus, with majorities of both groups,
and serves meanwhile. Viewstamped replication ends its epoch: requests wait until the next one has begun. No
operation is lost in either. The figures are the longest time without an answer before the change and during it.`,
	canon: []string{"vr.vs-raft.membership"},
	setUp: func(t *rsmtest.Trial) {
		t.Config.Hosts, t.Config.Spare = rsmtest.Names(4)[:3], rsmtest.Names(4)[3:]
		t.Config.Sim.Link.Delay = sim.Constant(5 * time.Millisecond)
		t.Config.Sim.Fsync = sim.Constant(100 * time.Microsecond)
		t.Config.RSM = rsm.Config{Pipeline: 64, MaxBatchBytes: 1, RetryAfter: 40 * time.Millisecond}
	},
	play: replaceMember,
	judge: func(raft, vr map[string]float64, _ *experiment.Marks) error {
		switch {
		case raft[pauseFigure] > raft[usualFigure]+every.Seconds()*1000:
			return fmt.Errorf("raft paused for %.1f ms, and usually for %.1f", raft[pauseFigure], raft[usualFigure])
		case vr[pauseFigure] < 2*vr[usualFigure]+8:
			return fmt.Errorf("viewstamped replication paused for %.1f ms only; a round trip takes 10", vr[pauseFigure])
		}
		return nil
	},
}.register()

const (
	usualFigure = "longest pause before, ms"
	pauseFigure = "longest pause during the change, ms"
	every       = 2 * time.Millisecond // a command is proposed
	steadily    = 200                  // commands before, and from the request on
)

func replaceMember(s *rsmtest.Stage, figures map[string]float64) error {
	leader := s.Calm()
	s.Execute(leader, 1)
	leaves := others(s.T.Config.Hosts, leader)[:1]
	if s.T.Seed%2 == 0 {
		leaves = others(s.T.Config.Hosts, leader)[2:]
	}
	load := &steady{s: s, host: leader, next: 2}
	figures[usualFigure] = load.run(steadily)
	changed := false
	var members []rsm.Member
	for _, h := range append([]string{"d"}, s.T.Config.Hosts...) {
		if h != leaves {
			members = append(members, rsm.Member{Addr: node.Join(h, rsmtest.Service)})
		}
	}
	s.T.Cluster.Do(leader, func(r *rsm.Replica) { r.Reconfigure(members, func(err error) { changed = err == nil }) })
	figures[pauseFigure] = load.run(steadily)
	s.Until("the member is replaced", func() bool { return changed })
	s.Until("all commands are executed", load.over)
	for i, o := range load.all {
		if s.Err == nil && o.Err != nil {
			return fmt.Errorf("command %d was lost: %w", i+2, o.Err)
		}
	}
	s.Calm()
	return s.Err
}

// steady is a load of one command after a fixed time, whether or not the ones before
// are answered.
type steady struct {
	s      *rsmtest.Stage
	host   string
	next   uint64
	all    []*rsmtest.Outcome
	open   int           // all before it are done
	served time.Duration // when the latest was
}

// run proposes n commands, and returns the longest time without an answer, in
// milliseconds.
func (l *steady) run(n int) float64 {
	longest := time.Duration(0)
	l.served = l.s.World().Now()
	for i := range n {
		l.all = append(l.all, l.s.Propose(l.host, l.next))
		l.next++
		for range 4 {
			l.s.Run(every / 4)
			if l.answered() {
				l.served = l.s.World().Now()
			}
			if i > 10 { // the first answers take a round trip
				longest = max(longest, l.s.World().Now()-l.served)
			}
		}
	}
	return float64(longest) / 1e6
}

func (l *steady) answered() (any bool) {
	for l.open < len(l.all) && l.all[l.open].Done {
		l.open++
		any = true
	}
	return any
}

func (l *steady) over() bool {
	l.answered()
	return l.open == len(l.all)
}
