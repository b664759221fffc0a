package snapshottest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// What the network does that the algorithm presupposes it does not.
const (
	nothing    = "nothing"
	reorders   = "reorders"
	loses      = "loses"
	duplicates = "duplicates"
	crashes    = "crashes"
)

// The consequences.
const (
	inconsistent = "reordered: received before the cut, sent after it"
	unfinished   = "lost: a snapshot stays unfinished"
	tooMuch      = "duplicated: more money than there is"
	ended        = "crashed: a snapshot ends with a reason"
)

// Assumptions breaks one assumption a run.
var Assumptions = experiment.Register(&experiment.Experiment{
	System: "chandylamport", Name: "assumptions", Hosts: "3 to 5", Enough: 100,
	Question: `What does the algorithm presuppose, and what becomes of it otherwise? Members send on the network as it
is, without channels. If that is FIFO and loses and doubles nothing, all snapshots are consistent. Else, one
assumption a run: messages that overtake markers give a cut with a receipt before it and the sending after; a lost marker
leaves a snapshot unfinished, and nothing is assembled without all markers; a doubled transfer is money from
nowhere; a member that crashes and comes back without its past (here behind channels) ends the snapshot with an
error that says so, or that its part is missing. Each consequence is reached.`,
	Canon:     []string{"chandylamport.model.assumptions"},
	Sometimes: []string{inconsistent, unfinished, tooMuch, ended},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		broken := sim.Choose(k, "broken", nothing, reorders, loses, duplicates, crashes)
		link := sim.Link{Delay: sim.Uniform(time.Millisecond, k.Duration("delay", 10*time.Millisecond, 100*time.Millisecond))}
		switch broken {
		case reorders:
			link.Reorder = 1
		case loses:
			link.Loss = 0.05
		case duplicates:
			link.Duplicate = 0.3
		}
		return ordertest.Do(seed, o, ordertest.Setup{
			Sim:    sim.Config{Link: link},
			Params: map[string]string{}, Timed: true,
			Body: func(r *ordertest.Run) error { return violate(r, k, broken) },
		})
	},
})

const brokenPatience = 2 * time.Second

func violate(r *ordertest.Run, k *sim.Knobs, broken string) error {
	duration := 500 * time.Millisecond
	hosts := ordertest.Hosts(k.Int("hosts", 3, 5))
	cfg := snapshot.Config{Bare: broken != crashes, Patience: brokenPatience}
	g, h := newBank(r.World, hosts, cfg, k.Duration("pause", 2*time.Millisecond, 20*time.Millisecond), duration)
	for i := range 4 {
		at := k.Duration(fmt.Sprint("at ", i), time.Millisecond, duration)
		r.World.At(at, func() { g.initiate(0) })
	}
	if broken == crashes {
		victim := r.World.Host(hosts[k.Int("victim", 1, len(hosts)-1)])
		at := k.Duration("crash", time.Millisecond, duration)
		r.World.At(at, victim.Crash)
		if k.Chance("restart", 0.7) {
			r.World.At(at+k.Duration("down", time.Millisecond, 50*time.Millisecond), victim.Restart)
		}
	}
	if err := r.Past(duration+2*brokenPatience+time.Second, 50*time.Millisecond, nil); err != nil {
		return err
	}
	if err := g.ended(); err != nil {
		return err
	}
	return consequence(r, g, h, broken)
}

// consequence says what a broken assumption may lead to and what it may not.
func consequence(r *ordertest.Run, g *Group, h *history, broken string) error {
	for _, err := range g.failed {
		r.Marks.Sometimes(unfinished, broken == loses && errors.Is(err, snapshot.ErrUnfinished))
		r.Marks.Sometimes(ended, broken == crashes)
		told := errors.Is(err, snapshot.ErrUnfinished) || errors.Is(err, snapshot.ErrAborted)
		if !told || broken != loses && broken != crashes {
			return fmt.Errorf("the network %s: %w", broken, err)
		}
	}
	channels := len(g.members) * (len(g.members) - 1)
	for _, s := range g.taken {
		c, err := decode(s.Global)
		if err != nil {
			return err
		}
		r.Marks.Sometimes(inconsistent, broken == reorders && c.closed(h) != nil)
		r.Marks.Sometimes(tooMuch, broken == duplicates && c.conserved() != nil)
		switch {
		case s.arrived < channels:
			return fmt.Errorf("%v was assembled when %d markers had come, want %d", s.ID, s.arrived, channels)
		case broken == crashes && c.conserved() != nil:
			return fmt.Errorf("%v, in spite of a crash: %w", s.ID, c.conserved())
		}
	}
	if broken == nothing {
		return g.consistent(h)
	}
	return nil
}
