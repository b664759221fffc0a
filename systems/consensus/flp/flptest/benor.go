package flptest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/flp/benor"
)

// randomGroup is processes of package benor in a world.
type randomGroup struct {
	run       *consensustest.Run
	cfg       benor.Config
	honest    []node.Addr
	decisions consensustest.Decisions[benor.Value]
	rounds    int // the most that a process took to decide
}

// newRandomGroup makes a process for each input; those of liars are made by lie.
func newRandomGroup(r *consensustest.Run, cfg benor.Config, name string, inputs []benor.Value, liars int, lie func() node.Node) *randomGroup {
	g := &randomGroup{run: r, cfg: cfg}
	for i := range inputs {
		g.cfg.Members = append(g.cfg.Members, node.Join(fmt.Sprint("p", i), "benor"+name))
	}
	for i, a := range g.cfg.Members {
		host := r.World.Host(a.Host())
		if i >= len(inputs)-liars {
			host.Serve(a.Service(), lie)
			continue
		}
		g.honest = append(g.honest, a)
		g.decisions.Propose(inputs[i])
		host.Serve(a.Service(), func() node.Node { return benor.New(g.cfg, inputs[i]) })
	}
	return g
}

// look notes new decisions.
func (g *randomGroup) look() error {
	for _, a := range g.honest {
		p, ok := g.run.World.Node(a).(*benor.Process)
		if ok && p.Output() != benor.Question {
			g.decisions.Decide(string(a), p.Output())
			g.rounds = max(g.rounds, p.Round())
		}
	}
	return g.decisions.Err()
}

// all returns an error until all of the given have decided.
func (g *randomGroup) all(who []node.Addr) error {
	if err := g.look(); err != nil {
		return err
	}
	var names []string
	for _, a := range who {
		names = append(names, string(a))
	}
	return g.decisions.All(names)
}

// Randomized runs Ben-Or's protocol under a swarm of faults.
var Randomized = experiment.Register(&experiment.Experiment{
	System: "flp", Name: "randomized", Hosts: "3 to 7", Enough: 60,
	Question: `Does Ben-Or's protocol decide, and never wrongly, where deterministic ones cannot? The seed draws n of 3 to 7 and f
below n/2, inputs, delays with a long tail, loss and a swarm of crashes with returns; in half of the runs f processes go
down for good in the midst of it. Every output is compared: with each other, and with the inputs. All that stay up
must have decided within two minutes after the last fault, for every seed.`,
	Canon: []string{
		"flp.circumvent.randomization", "flp.consensus.termination", "flp.consensus.agreement", "flp.consensus.validity",
	},
	Params:    []experiment.Param{{Name: "duration", Kind: experiment.Duration, Doc: "time under faults", Shrink: true}},
	Sometimes: []string{"all inputs alike", "inputs differ", "f are down for good", "more than one round"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		set, k := o.Settings(), sim.NewKnobs(seed)
		duration := set.Duration("duration", k.Duration("duration", 20*time.Millisecond, time.Second))
		n := k.Int("processes", 3, 7)
		hosts := make([]string, n)
		for i := range hosts {
			hosts[i] = fmt.Sprint("p", i)
		}
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim:    sim.Config{Link: sim.Link{Delay: sim.LongTail(k.Duration("delay", 200*time.Microsecond, 10*time.Millisecond), time.Second), Reorder: 1}},
			Plan:   sim.Swarm(seed, hosts, duration),
			Params: set.Used(),
			Body:   func(r *consensustest.Run) error { return randomized(r, n, duration) },
		})
	},
})

func randomized(r *consensustest.Run, n int, duration time.Duration) error {
	cfg := benor.Config{F: r.Knobs.Int("f", 0, (n-1)/2), Resend: r.Knobs.Duration("resend", 5*time.Millisecond, 100*time.Millisecond)}
	inputs := drawInputs(r.Knobs, n)
	g := newRandomGroup(r, cfg, "", inputs, 0, nil)
	if err := r.Follow(); err != nil {
		return err
	}
	if err := r.Past(duration, 5*time.Millisecond, g.look); err != nil {
		return err
	}
	r.World.Heal()
	alive := g.honest
	if r.Knobs.Chance("f are down for good", 0.5) && cfg.F > 0 {
		alive = g.honest[cfg.F:]
		for _, a := range g.honest[:cfg.F] {
			r.World.Host(a.Host()).Crash()
		}
	}
	if err := r.Settle(func() error { return g.all(alive) }, 2*time.Minute); err != nil {
		return err
	}
	alike := true
	for _, v := range inputs {
		alike = alike && v == inputs[0]
	}
	r.Marks.Sometimes("all inputs alike", alike)
	r.Marks.Sometimes("inputs differ", !alike)
	r.Marks.Sometimes("f are down for good", len(alive) < n)
	r.Marks.Sometimes("more than one round", g.rounds > 1)
	r.Stats["rounds"] = float64(g.rounds)
	if alike && g.rounds > 1 {
		return fmt.Errorf("all inputs are %v, and it took %d rounds", inputs[0], g.rounds)
	}
	return nil
}

func drawInputs(k *sim.Knobs, n int) []benor.Value {
	inputs := make([]benor.Value, n)
	p := sim.Choose(k, "ones", 0, 0.5, 0.5, 1)
	for i := range inputs {
		if k.Chance(fmt.Sprint("input ", i), p) {
			inputs[i] = 1
		}
	}
	return inputs
}
