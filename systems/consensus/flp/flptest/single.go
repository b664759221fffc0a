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

// Single shows one process one proposal, and the others none.
var Single = experiment.Register(&experiment.Experiment{
	System: "flp", Name: "single-proposal", Hosts: "3", Enough: 3,
	Question: `Is one proposal of a value enough for a decision? Of three processes two begin alike. The scheduler lets p0 see
both and propose their value, and keeps that proposal from the others, which toss coins and go on without p0 until
they decide, alike, but perhaps the other value. p0, which has seen one proposal, may take the value for its own and no
more. Then everything arrives, and all must agree. A run makes twelve such decisions.`,
	Canon:     []string{"flp.consensus.agreement", "flp.circumvent.randomization"},
	Sometimes: []string{"the others decide what p0 proposed", "the others decide otherwise"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return consensustest.Do(seed, o, consensustest.Setup{
			Sim: sim.Config{Hold: true, Fsync: sim.Constant(time.Microsecond)},
			Body: func(r *consensustest.Run) error {
				for i := range 12 {
					if err := single(r, i); err != nil {
						return err
					}
				}
				return nil
			},
		})
	},
})

func single(r *consensustest.Run, i int) error {
	v := benor.Value(i % 2)
	g := newRandomGroup(r, benor.Config{F: 1, Resend: 100 * time.Millisecond}, fmt.Sprint("-", i), []benor.Value{v, v, 1 - v}, 0, nil)
	p := g.cfg.Members
	r.World.Run(time.Millisecond)
	for _, d := range []struct {
		phase    benor.Phase
		from, to node.Addr
	}{
		{benor.Reporting, p[1], p[0]}, {benor.Reporting, p[2], p[1]}, {benor.Reporting, p[1], p[2]}, // p0 sees two alike
		{benor.Proposing, p[2], p[1]}, {benor.Proposing, p[1], p[2]}, {benor.Proposing, p[1], p[0]}, // only p0's is not ?
	} {
		if !g.arrive(d.phase, d.from, d.to) {
			return fmt.Errorf("no vote of phase %d is on its way from %s to %s", d.phase, d.from, d.to)
		}
	}
	without := func(m sim.Held) bool { return m.From != p[0] && m.To != p[0] }
	if err := g.flow(without, p[1:]); err != nil {
		return err
	}
	_, decided := g.decisions.Decided()
	r.Marks.Sometimes("the others decide what p0 proposed", decided == v)
	r.Marks.Sometimes("the others decide otherwise", decided != v)
	if err := g.flow(func(sim.Held) bool { return true }, p); err != nil {
		return err
	}
	g.lose()
	return nil
}

// arrive delivers the vote of a phase on a link.
func (g *randomGroup) arrive(phase benor.Phase, from, to node.Addr) bool {
	for i, m := range g.run.World.Held() {
		if v := m.Message.(*benor.Vote); m.From == from && m.To == to && v.Phase == phase && !v.Answer {
			g.run.World.Deliver(i)
			g.run.World.Run(time.Millisecond)
			return true
		}
	}
	return false
}

// flow delivers what may arrive, the oldest first, until some have decided.
func (g *randomGroup) flow(may func(sim.Held) bool, who []node.Addr) error {
	const most = 20_000
	for range most {
		err := g.all(who)
		if err == nil || g.decisions.Err() != nil {
			return g.decisions.Err()
		}
		if g.run.Cut() {
			return consensustest.ErrCut
		}
		for i, m := range g.run.World.Held() {
			if may(m) {
				g.run.World.Deliver(i)
				break
			}
		}
		g.run.World.Run(time.Millisecond)
	}
	return fmt.Errorf("liveness: undecided after %d messages: %w", most, g.all(who))
}
