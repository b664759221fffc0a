package paxostest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Adversary is what no back-off helps against.
var Adversary = experiment.Register(&experiment.Experiment{
	System: "paxos", Name: "adversary", Hosts: "5", Enough: 5,
	Question: `Is Paxos guaranteed to reach consensus? Two proposers that wait a random time after a rejection, no crash, no
loss, every message arrives in the end. An adversary that sees everything delivers at once what cannot hurt it,
and keeps an Accept back until its acceptor has promised a higher number. Nothing is ever chosen, for as long as the run
lasts, and nothing unsafe happens. Then, in the same run, a majority is taken away: nothing is chosen either. Then all
messages simply arrive, and the same proposers, with the same configuration, decide.`,
	Canon: []string{"paxos.claim.guaranteed-consensus", "paxos.faq.sidesteps-flp"},
	Params: []experiment.Param{
		{Name: "rejections", Kind: experiment.Int, Doc: "how long the adversary goes on; 100 to 600 if not set", Least: 5},
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		set, k := o.Settings(), sim.NewKnobs(seed)
		rejections := set.Int("rejections", k.Int("rejections", 100, 600))
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim: sim.Config{Hold: true, Fsync: sim.Constant(time.Microsecond)}, Params: set.Used(),
			Body: func(r *consensustest.Run) error {
				l := Layout{Acceptors: []string{"a", "b", "c"}, Proposers: []string{"p", "q"}, Learners: []string{"a", "b", "c"}}
				g := NewGroup(r, l, paxos.Config{Backoff: k.Duration("backoff", time.Millisecond, 100*time.Millisecond), Inquiry: time.Second})
				g.Submit(0, "v")
				g.Submit(1, "w")
				return hinder(r, g, rejections)
			},
		})
	},
})

// hinder plays the adversary, and then lets go.
func hinder(r *consensustest.Run, g *Group, rejections int) error {
	for g.Oracle.rejects < rejections {
		if r.Cut() {
			return consensustest.ErrCut
		}
		for deliverHarmless(g) {
		}
		r.World.Run(time.Millisecond)
		if g.Oracle.err != nil || len(g.Oracle.chosen) > 0 {
			return fmt.Errorf("the adversary failed: chosen %v, %v", g.Oracle.chosen, g.Oracle.err)
		}
	}
	r.Stats["attempts without a choice"] = float64(len(g.Oracle.prepares))
	for _, h := range []string{"b", "c"} {
		r.World.Host(h).Crash()
	}
	deliverAll(r, g, 5*time.Second)
	if len(g.Oracle.chosen) > 0 {
		return fmt.Errorf("%v is chosen, and a majority is down", g.Oracle.chosen)
	}
	for _, h := range []string{"b", "c"} {
		r.World.Host(h).Restart()
	}
	deliverAll(r, g, time.Minute)
	if len(g.Oracle.chosen) == 0 {
		return fmt.Errorf("nothing is chosen, although all messages arrive")
	}
	return g.Oracle.err
}

// deliverHarmless delivers a message, unless all that wait would help.
func deliverHarmless(g *Group) bool {
	for i, m := range g.World.Held() {
		if accept, ok := m.Message.(*paxos.Accept); ok {
			if !accept.Proposal.Number.Less(g.Acceptor(m.To).Memory().Promised) {
				continue
			}
		}
		g.World.Deliver(i)
		g.World.Run(10 * time.Microsecond)
		return true
	}
	return false
}

// deliverAll lets everything arrive in the order of sending, a millisecond after
// the other.
func deliverAll(r *consensustest.Run, g *Group, limit time.Duration) {
	for end := r.World.Now() + limit; r.World.Now() < end && len(g.Oracle.chosen) == 0 && !r.Cut(); {
		for range r.World.Held() {
			r.World.Deliver(0)
		}
		r.World.Run(time.Millisecond)
	}
}
