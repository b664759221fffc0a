package paxostest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Duel is two proposers in a network that makes them collide for ever.
var Duel = experiment.Register(&experiment.Experiment{
	System: "paxos", Name: "duel", Hosts: "6", Enough: 5,
	Question: `Can two proposers keep each other from any choice, and what ends it? All messages take a millisecond, but the
value is long, so that an Accept takes three more on its link. p begins, q three milliseconds later: each one's
Prepare arrives before the other's Accept. Both begin again at once when they are rejected: nothing must be chosen
in as many attempts as the parameter says, and nothing unsafe happens. Then the same with a random wait after a
rejection, and with a distinguished proposer: a value must be chosen soon. The figures say when, in milliseconds, for
waits of up to 1, 4, 16 and 64 of them.`,
	Canon: []string{"paxos.liveness.duelling-proposers", "paxos.claim.guaranteed-consensus"},
	Params: []experiment.Param{
		{Name: "attempts", Kind: experiment.Int, Doc: "how many attempts without back-off; 100 to 1000 if not set", Least: 10},
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		set := o.Settings()
		attempts := set.Int("attempts", sim.NewKnobs(seed).Int("attempts", 100, 1000))
		d := &duel{attempts: attempts}
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim: sim.Config{
				Link:  sim.Link{Delay: sim.Constant(time.Millisecond), Bandwidth: 1 << 20},
				Fsync: sim.Constant(time.Microsecond),
			},
			Params: set.Used(), Body: d.perform,
		})
	},
})

type duel struct{ attempts int }

// long is a value that takes three milliseconds on the links.
func long(who string) paxos.Value { return paxos.Value(who + strings.Repeat(".", 3<<10)) }

func (d *duel) perform(r *consensustest.Run) error {
	if err := d.forEver(r); err != nil {
		return err
	}
	for _, ms := range []int{1, 4, 16, 64} {
		took, err := d.until(r, fmt.Sprint("-", ms), paxos.Config{Backoff: time.Duration(ms) * time.Millisecond})
		if err != nil {
			return fmt.Errorf("with a wait of up to %d ms: %w", ms, err)
		}
		r.Stats[fmt.Sprintf("choice after ms, wait up to %02d ms", ms)] = float64(took.Microseconds()) / 1000
	}
	took, err := d.until(r, "-elected", paxos.Config{Elect: true, Heartbeat: time.Millisecond})
	if err != nil {
		return fmt.Errorf("with a distinguished proposer: %w", err)
	}
	r.Stats["choice after ms, distinguished proposer"] = float64(took.Microseconds()) / 1000
	return nil
}

// begin lets p and q begin three milliseconds apart.
func (d *duel) begin(r *consensustest.Run, name string, cfg paxos.Config) *Group {
	cfg.Retry = time.Second
	g := NewGroup(r, Layout{
		Acceptors: []string{"a", "b", "c"}, Proposers: []string{"p", "q"}, Learners: []string{"a", "b", "c"}, Instance: name,
	}, cfg)
	r.World.Run(5 * time.Millisecond) // who is alive is known
	g.Submit(0, long("p"))
	r.World.Run(3 * time.Millisecond)
	g.Submit(1, long("q"))
	return g
}

// forEver demands that nothing is chosen.
func (d *duel) forEver(r *consensustest.Run) error {
	g := d.begin(r, "-duel", paxos.Config{})
	for len(g.Oracle.prepares) < d.attempts {
		if err := r.Past(100*time.Millisecond, 100*time.Millisecond, nil); err != nil {
			return err
		}
		if g.Oracle.err != nil {
			return g.Oracle.err
		}
		if len(g.Oracle.chosen) > 0 {
			return fmt.Errorf("%.8v is chosen at attempt %d: the schedule does not keep the proposers colliding", g.Oracle.chosen[0], len(g.Oracle.prepares))
		}
	}
	r.Stats["attempts without a choice"] = float64(len(g.Oracle.prepares))
	for _, a := range g.Config.Proposers {
		r.World.Host(a.Host()).Crash()
		r.World.Host(a.Host()).Restart() // forgets what its client wanted
	}
	return nil
}

// until returns how long the choice took.
func (d *duel) until(r *consensustest.Run, name string, cfg paxos.Config) (time.Duration, error) {
	began := r.World.Now()
	g := d.begin(r, name, cfg)
	for len(g.Oracle.chosen) == 0 {
		if g.Oracle.err != nil {
			return 0, g.Oracle.err
		}
		if r.World.Now() > began+10*time.Second {
			return 0, fmt.Errorf("nothing is chosen after 10 seconds and %d attempts", len(g.Oracle.prepares))
		}
		if err := r.Past(time.Millisecond, time.Millisecond, nil); err != nil {
			return 0, err
		}
	}
	return r.World.Now() - began, g.Oracle.err
}
