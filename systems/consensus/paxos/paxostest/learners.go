package paxostest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Learners compares the ways in which a choice gets about.
var Learners = experiment.Register(&experiment.Experiment{
	System: "paxos", Name: "learners", Hosts: "7 to 19", Enough: 40,
	Question: `What does it cost to learn, and what does it hang on? The seed draws 3 to 9 acceptors, 3 to 9 learners and how
many of these are distinguished. All messages take a millisecond. The messages that tell of the choice are counted and
timed: acceptors times learners and no hop more, or acceptors times distinguished ones and these times the rest, and
one hop more. Then, in a second decision, the distinguished learners crash before they hear: the others must know
nothing, however long they wait, if proposers do not announce; if they do, a new proposal tells them; and when
the distinguished come back all know.`,
	Canon:     []string{"paxos.learner.all-or-distinguished"},
	Sometimes: []string{"all learners are told by acceptors", "one is distinguished", "several are distinguished", "a proposer announces"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		s := &schemes{acceptors: k.Int("acceptors", 3, 9), learners: k.Int("learners", 3, 9), announce: k.Chance("announce", 0.5)}
		s.distinguished = sim.Choose(k, "distinguished", 0, 1, 2)
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim:  sim.Config{Link: sim.Link{Delay: sim.Constant(time.Millisecond)}, Fsync: sim.Constant(time.Microsecond)},
			Body: s.perform,
		})
	},
})

type schemes struct {
	acceptors, learners, distinguished int
	announce                           bool
}

func (s *schemes) group(r *consensustest.Run, name string, announce bool) *Group {
	l := Layout{Acceptors: names("a", s.acceptors), Proposers: []string{"p"}, Learners: names("l", s.learners), Instance: name}
	return NewGroup(r, l, paxos.Config{Distinguished: s.distinguished, Announce: announce, Retry: time.Second, Inquiry: 100 * time.Millisecond})
}

func (s *schemes) perform(r *consensustest.Run) error {
	r.Marks.Sometimes("all learners are told by acceptors", s.distinguished == 0)
	r.Marks.Sometimes("one is distinguished", s.distinguished == 1)
	r.Marks.Sometimes("several are distinguished", s.distinguished > 1)
	if err := s.measure(r); err != nil {
		return err
	}
	if s.distinguished == 0 {
		return nil
	}
	return s.withoutDistinguished(r)
}

// measure counts the messages of one decision, and its time.
func (s *schemes) measure(r *consensustest.Run) error {
	g := s.group(r, "-1", false)
	r.World.Run(time.Millisecond)
	began := r.World.Now()
	g.Submit(0, "v")
	if !r.World.RunUntil(func() bool { return g.Learned() == nil }, time.Second) {
		return fmt.Errorf("liveness: %w", g.Learned())
	}
	took := r.World.Now() - began
	r.World.Run(50 * time.Millisecond)
	told, hops := s.acceptors*s.learners, 4
	if s.distinguished > 0 {
		told, hops = s.acceptors*s.distinguished+s.distinguished*(s.learners-s.distinguished), 5
	}
	if s.learners == s.distinguished {
		hops = 4
	}
	sent := r.Ear.Sent["paxos.Accepted"] - s.acceptors + r.Ear.Sent["paxos.Decided"]
	if sent != told {
		return fmt.Errorf("%d acceptors, %d learners, %d distinguished: %d messages tell of the choice, expected %d",
			s.acceptors, s.learners, s.distinguished, sent, told)
	}
	if n := int(took / time.Millisecond); n != hops {
		return fmt.Errorf("all know after %v, expected %d hops of 1ms", took, hops)
	}
	r.Stats["messages"], r.Stats["of them to learn"], r.Stats["hops"] = float64(r.Ear.Total()), float64(told), float64(hops)
	return g.Oracle.err
}

// withoutDistinguished takes those learners away that the acceptors tell.
func (s *schemes) withoutDistinguished(r *consensustest.Run) error {
	g := s.group(r, "-2", s.announce)
	g.Submit(0, "w")
	r.World.RunUntil(func() bool { return r.Ear.Sent["paxos.Accept"] == 2*s.acceptors }, time.Second)
	for _, l := range g.Config.Learners[:s.distinguished] {
		r.World.Host(l.Host()).Crash()
	}
	if s.announce { // as a proposer that has seen nothing of it
		r.World.Host("p").Crash()
		r.World.Host("p").Restart()
	}
	r.World.Run(10 * time.Second)
	if len(g.Oracle.chosen) == 0 {
		return fmt.Errorf("nothing was chosen")
	}
	know := 0
	for _, l := range g.Config.Learners[s.distinguished:] {
		if g.Learner(l).Learned() != "" {
			know++
		}
	}
	rest := s.learners - s.distinguished
	r.Marks.Sometimes("a proposer announces", s.announce && know == rest)
	if s.announce && know < rest || !s.announce && know > 0 {
		return fmt.Errorf("the distinguished are down, proposers announce: %v; %d of %d others know", s.announce, know, rest)
	}
	for _, l := range g.Config.Learners[:s.distinguished] {
		r.World.Host(l.Host()).Restart()
	}
	return r.Settle(g.Learned, 10*time.Second)
}
