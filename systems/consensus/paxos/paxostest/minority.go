package paxostest

import (
	"fmt"
	"maps"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/consensustest"
	"github.com/parleysystems/parley/systems/consensus/paxos"
)

// Minority takes f of n acceptors away.
var Minority = experiment.Register(&experiment.Experiment{
	System: "paxos", Name: "minority", Hosts: "4 to 8", Enough: 40,
	Question: `How many of n acceptors may be down? The seed draws n of 3 to 7 and f of 0 to n, loses up to a third of all
messages, and crashes f acceptors at a moment drawn between the proposal and what would have been the choice. One proposer retries. With f below
n/2 a value is chosen and every learner knows, for every seed; otherwise nothing is chosen in half a minute, unless
those who crashed had a part in it, and nothing breaks; and as soon as a majority is up again it decides.`,
	Canon:     []string{"paxos.tolerance.minority-of-nodes", "paxos.liveness.conditional-termination"},
	Sometimes: []string{"a minority is down", "half of an even number are down", "all are down"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		m := &minority{n: k.Int("acceptors", 3, 7)}
		switch sim.Choose(k, "which", "any", "a minority", "half", "all") {
		case "any":
			m.f = k.Int("down", 0, m.n)
		case "a minority":
			m.f = k.Int("few down", 1, (m.n-1)/2)
		case "half":
			m.n = 2 * k.Int("half", 2, 3)
			m.f = m.n / 2
		case "all":
			m.f = m.n
		}
		link := sim.Link{Delay: sim.Uniform(500*time.Microsecond, 2*time.Millisecond), Loss: sim.Choose(k, "loss", 0, 0.1, 0.33), Reorder: 1}
		return consensustest.Do(seed, o, consensustest.Setup{Sim: sim.Config{Link: link}, Body: m.perform})
	},
})

type minority struct{ n, f int }

func (m *minority) perform(r *consensustest.Run) error {
	r.Marks.Sometimes("a minority is down", m.f > 0 && 2*m.f < m.n)
	r.Marks.Sometimes("half of an even number are down", 2*m.f == m.n)
	r.Marks.Sometimes("all are down", m.f == m.n)
	l := Layout{Acceptors: names("a", m.n), Proposers: []string{"p"}, Learners: []string{"p", "l"}}
	g := NewGroup(r, l, paxos.Config{Retry: 20 * time.Millisecond, Backoff: 10 * time.Millisecond, Inquiry: 100 * time.Millisecond})
	c := &Client{proposers: g.Config.Proposers, value: "v"}
	r.World.Host("clients").Serve("client", func() node.Node { return c })
	r.World.Run(r.Knobs.Duration("crash after", time.Microsecond, 10*time.Millisecond))
	before := maps.Clone(g.Oracle.issued)
	for _, a := range g.Config.Acceptors[:m.f] {
		r.World.Host(a.Host()).Crash()
	}
	r.Stats["down"], r.Stats["of"] = float64(m.f), float64(m.n)
	if 2*m.f < m.n {
		return r.Settle(func() error { return g.finished(c) }, time.Minute)
	}
	if err := r.Past(30*time.Second, time.Second, func() error { return g.Oracle.err }); err != nil {
		return err
	}
	for _, p := range g.Oracle.chosen {
		// One that was under way may have been accepted by those who are down now.
		if _, underWay := before[p.Number]; !underWay {
			return fmt.Errorf("%d of %d are down, and %v is chosen, which was put forward afterwards", m.f, m.n, p)
		}
	}
	for _, a := range g.Config.Acceptors[:m.f-(m.n-1)/2] {
		r.World.Host(a.Host()).Restart()
	}
	return r.Settle(func() error { return g.finished(c) }, time.Minute)
}

// finished returns an error until all learners and the client know.
func (g *Group) finished(c *Client) error {
	if err := g.Learned(); err != nil {
		return err
	}
	if c.outcome == "" {
		return fmt.Errorf("the client has no outcome")
	}
	return nil
}
