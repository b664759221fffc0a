package flptest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/flp/rotating"
)

// Locked takes the coordinator away at the worst moment.
var Locked = experiment.Register(&experiment.Experiment{
	System: "flp", Name: "locked", Hosts: "3 to 5", Enough: 20,
	Question: `What do the others decide when the coordinator is cut off as it decides, or as it proposes? In some runs a majority,
and no more, has acknowledged the first proposal, and everybody else is left with old estimates: the next coordinator
hears of both, and must take the newer. In others the first coordinator, which suspects most of the rest because they
start late, proposes and is cut off: it must not take the silence of who it suspects for consent. Agreement and
validity are watched, and in the end all decide.`,
	Canon:     []string{"flp.circumvent.partial-synchrony", "flp.consensus.agreement"},
	Sometimes: []string{"cut off deciding", "cut off proposing", "the others went on"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		n, deciding := sim.Choose(k, "processes", 3, 5), k.Chance("deciding", 0.5)
		link := sim.Link{Delay: sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 3*time.Millisecond)), Reorder: 1}
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim: sim.Config{Link: link}, Plan: cutOff(n, deciding),
			Body: func(r *consensustest.Run) error { return locked(r, n, deciding) },
		})
	},
})

// cutOff isolates p0 for a while. Deciding, it had acknowledgements of a majority:
// the rest did not get its proposal.
func cutOff(n int, deciding bool) sim.Plan {
	text := "on send rotating.Propose of p0 for 1s partition isolate it"
	if deciding {
		others := "p2"
		if n == 5 {
			others = "p3,p4"
		}
		text = "from 0s to 2s partition one-way p0 -> " + others + "\non send rotating.Decide of p0 for 1s partition isolate it"
	}
	plan, err := sim.Parse(text)
	if err != nil {
		panic(err)
	}
	return plan
}

func locked(r *consensustest.Run, n int, deciding bool) error {
	r.Marks.Sometimes("cut off deciding", deciding)
	r.Marks.Sometimes("cut off proposing", !deciding)
	g := newTurns(r, n, rotating.Config{Heartbeat: 5 * time.Millisecond, Resend: 10 * time.Millisecond})
	for i := range n {
		r.World.Host(fmt.Sprint("p", i))
	}
	if err := r.Follow(); err != nil {
		return err
	}
	for i := range n {
		g.propose(i, rotating.Value(fmt.Sprint("v", i)))
		if !deciding {
			r.World.Run(60 * time.Millisecond)
		}
	}
	if err := r.Past(900*time.Millisecond, 5*time.Millisecond, g.look); err != nil {
		return err
	}
	by, _ := g.decisions.Decided()
	r.Marks.Sometimes("the others went on", len(by) > 1)
	r.World.Heal()
	return r.Settle(g.all, 5*time.Second)
}
