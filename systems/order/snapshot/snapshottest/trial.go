package snapshottest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// banking is an experiment in which branches send money around on a bad network,
// members take snapshots, several at once, and a judge looks at each.
type banking struct {
	name, text       string
	canon, sometimes []string
	judge            func(*ordertest.Run, *Group, *history, taken, *cut) error
}

// overlap is a state that campaigns must reach.
const overlap = "two snapshots under way at once"

func (b banking) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "chandylamport", Name: b.name, Question: b.text, Canon: b.canon,
		Sometimes: append(b.sometimes, overlap), Hosts: "2 to 5", Enough: 60,
		Params: []experiment.Param{
			{Name: "duration", Kind: experiment.Duration, Doc: "how long money moves", Shrink: true},
			{Name: "snapshots", Kind: experiment.Int, Doc: "snapshots begun, 1 to 6", Shrink: true, Least: 1},
		},
		Run: b.run,
	})
}

func (b banking) run(seed uint64, o experiment.Options) experiment.Result {
	k, set := sim.NewKnobs(seed), o.Settings()
	duration := set.Duration("duration", k.Duration("duration", 300*time.Millisecond, 3*time.Second))
	count := set.Int("snapshots", k.Int("snapshots", 1, 6))
	hosts := ordertest.Hosts(k.Int("hosts", 2, 5))
	cfg := config(k, o)
	return ordertest.Do(seed, o, ordertest.Setup{
		Sim:    sim.Config{Link: bad(k)},
		Params: set.Used(),
		Body: func(r *ordertest.Run) error {
			pause := k.Duration("pause", 2*time.Millisecond, 60*time.Millisecond)
			g, h := newBank(r.World, hosts, cfg, pause, duration)
			if err := r.Follow(); err != nil {
				return err
			}
			schedule(k, g, count, duration)
			return b.perform(r, g, h, duration)
		},
	})
}

// config draws the knobs of the layer. A search that lets one message arrive at a
// time gets channels that repeat little: repetitions would come faster than that.
func config(k *sim.Knobs, o experiment.Options) snapshot.Config {
	cfg := snapshot.Config{
		Window: k.Int("window", 2, 64), Resend: k.Duration("resend", 5*time.Millisecond, 100*time.Millisecond),
		Patience: time.Hour,
	}
	if o.Search == experiment.PCT {
		cfg.Resend = 10 * time.Second
	}
	return cfg
}

// bad draws links on which everything happens that channels are there to hide.
func bad(k *sim.Knobs) sim.Link {
	return sim.Link{
		Delay:     sim.LongTail(k.Duration("delay", 200*time.Microsecond, 20*time.Millisecond), 300*time.Millisecond),
		Loss:      sim.Choose(k, "loss", 0, 0.02, 0.2),
		Duplicate: sim.Choose(k, "duplicate", 0, 0.2),
		Reorder:   sim.Choose(k, "reorder", 0, 0.5, 1.0),
	}
}

// newBank makes branches, and the history of what they do.
func newBank(w *sim.World, hosts []string, cfg snapshot.Config, pause, until time.Duration) (*Group, *history) {
	h := newHistory(len(hosts))
	return newGroup(w, hosts, cfg, func(cfg snapshot.Config, place int) *snapshot.Layer {
		return snapshot.New(cfg, newBranch(place, cfg.Members, pause, until, h))
	}), h
}

// schedule draws who begins snapshots and when, often two at one time.
func schedule(k *sim.Knobs, g *Group, count int, duration time.Duration) {
	var at time.Duration
	for i := range count {
		if i == 0 || !k.Chance(fmt.Sprint("together ", i), 0.4) {
			at = k.Duration(fmt.Sprint("at ", i), time.Millisecond, duration)
		}
		place := k.Int(fmt.Sprint("initiator ", i), 0, len(g.members)-1)
		g.world.At(at, func() { g.initiate(place) })
	}
}

func (b banking) perform(r *ordertest.Run, g *Group, h *history, duration time.Duration) error {
	look := func() error {
		r.Marks.Sometimes(overlap, g.open() > 1)
		return nil
	}
	if err := r.Past(duration+time.Millisecond, 5*time.Millisecond, look); err != nil {
		return err
	}
	rest := func() error {
		if !h.quiet() {
			return fmt.Errorf("money is on its way still")
		}
		return g.ended()
	}
	if err := r.Settle(rest, 30*time.Minute); err != nil {
		return err
	}
	for _, err := range g.failed {
		return fmt.Errorf("a snapshot failed: %w", err)
	}
	r.Stats["snapshots"], r.Stats["events"] = float64(len(g.taken)), float64(len(h.order))
	for _, s := range g.taken {
		c, err := decode(s.Global)
		if err != nil {
			return err
		}
		if err := b.judge(r, g, h, s, c); err != nil {
			return fmt.Errorf("%v: %w", s.ID, err)
		}
	}
	return nil
}
