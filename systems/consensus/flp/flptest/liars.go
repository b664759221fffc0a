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

// liar is a process that says what it likes: to each something else, ahead of its
// turn and again, or nothing.
type liar struct {
	env     node.Env
	members []node.Addr
	kind    string // equivocates, contradicts or silent
}

// Start implements node.Node.
func (l *liar) Start(env node.Env) { l.env = env }

// Receive implements node.Node: it answers every vote with votes of its own.
func (l *liar) Receive(from node.Addr, m node.Message) {
	v, ok := m.(*benor.Vote)
	if !ok || l.kind == "silent" || v.Answer {
		return
	}
	for ahead := range uint64(2) {
		for _, to := range l.members {
			lie := &benor.Vote{Round: v.Round + ahead, Phase: v.Phase, Value: benor.Value(l.env.Rand().IntN(2)), Answer: true}
			if l.kind == "contradicts" && v.Value <= 1 {
				lie.Value = 1 - v.Value
			}
			if to != l.env.Self() {
				l.env.Send(to, lie)
			}
		}
	}
}

// Liars puts Byzantine processes among the honest.
var Liars = experiment.Register(&experiment.Experiment{
	System: "flp", Name: "liars", Hosts: "6 to 12", Enough: 60,
	Question: `Does Ben-Or's protocol stand f liars among n > 5f? The seed draws f = 1 or 2, n of 5f+1 or one more, inputs, and how the
liars lie: to each something else, always the contrary, or by silence; links lose and reorder. The honest must agree,
and decide what all of them began with if that was one value; all decide within two minutes. Then one liar more than f,
the honest all of one mind: in some runs that is too many, and they decide what none of them wanted.`,
	Canon:     []string{"flp.circumvent.randomization", "flp.consensus.agreement", "flp.consensus.validity"},
	Sometimes: []string{"equivocates", "contradicts", "silent", "all honest alike", "honest differ", "f+1 liars turn them"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		link := sim.Link{Delay: sim.Uniform(100*time.Microsecond, k.Duration("delay", time.Millisecond, 20*time.Millisecond)), Loss: sim.Choose(k, "loss", 0, 0.1), Reorder: 1}
		return consensustest.Do(seed, o, consensustest.Setup{Sim: sim.Config{Link: link}, Body: liars})
	},
})

func liars(r *consensustest.Run) error {
	f := r.Knobs.Int("f", 1, 2)
	n := 5*f + 1 + r.Knobs.Int("more", 0, 1)
	kind := sim.Choose(r.Knobs, "kind", "equivocates", "contradicts", "silent")
	r.Marks.Sometimes(kind, true)
	g, err := among(r, "", n, f, f, drawInputs(r.Knobs, n), kind)
	if err != nil {
		return err
	}
	_, v := g.decisions.Decided()
	inputs := map[benor.Value]bool{}
	for i := range g.honest {
		inputs[drawInputs(r.Knobs, n)[i]] = true
	}
	r.Marks.Sometimes("all honest alike", len(inputs) == 1)
	r.Marks.Sometimes("honest differ", len(inputs) == 2)
	if len(inputs) == 1 && !inputs[v] {
		return fmt.Errorf("validity: all honest began with the same, and decide %v", v)
	}
	r.Stats["rounds"] = float64(g.rounds)
	_, err = among(r, "-more", 6, 1, 2, make([]benor.Value, 6), "contradicts")
	r.Marks.Sometimes("f+1 liars turn them", err != nil)
	return nil
}

// among runs a group with some liars.
func among(r *consensustest.Run, name string, n, f, liars int, inputs []benor.Value, kind string) (*randomGroup, error) {
	cfg := benor.Config{F: f, Byzantine: true, Resend: 10 * time.Millisecond}
	l := &liar{kind: kind}
	g := newRandomGroup(r, cfg, name, inputs[:n], liars, func() node.Node { return &liar{kind: kind, members: l.members} })
	l.members = g.cfg.Members
	err := r.Settle(func() error { return g.all(g.honest) }, 2*time.Minute)
	return g, err
}
