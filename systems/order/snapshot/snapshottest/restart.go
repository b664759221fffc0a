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

// Restart resumes a system from its snapshot.
var Restart = experiment.Register(&experiment.Experiment{
	System: "chandylamport", Name: "restart", Hosts: "2 to 5", Enough: 60,
	Question: `Can a system that crashed go on from its latest snapshot? Branches send money around on a bad network
and take snapshots; then all hosts lose what they have in memory, while messages of before are still on their way. They
resume from the latest snapshot, in a new epoch: states restored, the messages of the channels delivered once
more, those of before refused. Snapshots of the new epoch conserve what there is, and when all is quiet the
accounts hold it, no more and no less.`,
	Canon:     []string{"chandylamport.use.checkpoint-and-stable-properties"},
	Sometimes: []string{"resumed with messages in the channels", "resumed"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		return ordertest.Do(seed, o, ordertest.Setup{
			Sim:  sim.Config{Link: bad(k)},
			Body: func(r *ordertest.Run) error { return restart(r, k, config(k, o)) },
		})
	},
})

func restart(r *ordertest.Run, k *sim.Knobs, cfg snapshot.Config) error {
	hosts := ordertest.Hosts(k.Int("hosts", 2, 5))
	duration, pause := k.Duration("duration", 300*time.Millisecond, 2*time.Second), k.Duration("pause", 2*time.Millisecond, 30*time.Millisecond)
	h := newHistory(len(hosts))
	var from *snapshot.Global
	var epoch snapshot.Epoch
	g := newGroup(r.World, hosts, cfg, func(cfg snapshot.Config, place int) *snapshot.Layer {
		b := newBranch(place, cfg.Members, pause, duration, h)
		if cfg.Epoch = epoch; from == nil {
			return snapshot.New(cfg, b)
		}
		return snapshot.Resume(cfg, b, from.Parts[place])
	})
	schedule(k, g, k.Int("snapshots", 1, 6), duration)
	if err := r.Past(duration*3/4, 50*time.Millisecond, nil); err != nil {
		return err
	}
	if n := len(g.taken); n > 0 {
		from = g.taken[n-1].Global
		r.Marks.Sometimes("resumed", true)
		for _, p := range from.Parts {
			r.Marks.Sometimes("resumed with messages in the channels", len(p.Channels) > 0)
		}
	}
	g.taken, g.failed, g.begun = nil, nil, 0
	epoch++
	crashAll(r.World, hosts)
	schedule(k, g, 2, duration)
	r.World.At(r.World.Now()+duration/2, func() { g.initiate(0) })
	if err := r.Settle(func() error { return settled(g) }, 30*time.Minute); err != nil || from == nil {
		return err
	}
	return continued(g, from)
}

// continued demands that every branch goes on from its recorded events, and from
// the receipt of all that was in its channels.
func continued(g *Group, from *snapshot.Global) error {
	c, err := decode(from)
	if err != nil {
		return err
	}
	for q := range g.members {
		want := c.before(q)
		for p := range g.members {
			want += uint64(len(c.inFlight[p][q]))
		}
		if have := g.layer(q).Process().(*branch).Clock[q]; have < want {
			return fmt.Errorf("branch %d is at its event %d, and was resumed from one of %d", q, have, want)
		}
	}
	return nil
}

// crashAll ends all incarnations and begins new ones.
func crashAll(w *sim.World, hosts []string) {
	for _, h := range hosts {
		w.Host(h).Crash()
	}
	for _, h := range hosts {
		w.Host(h).Restart()
	}
}

// settled returns nil once the accounts hold all money and all snapshots have
// conserved it.
func settled(g *Group) error {
	if g.begun == 0 {
		return errors.New("no snapshot of the new epoch was begun")
	}
	if err := g.ended(); err != nil {
		return err
	}
	for _, s := range g.taken {
		c, err := decode(s.Global)
		if err != nil {
			return err
		}
		if err := c.conserved(); err != nil {
			return fmt.Errorf("%v: %w", s.ID, err)
		}
	}
	var sum int64
	for place := range g.members {
		if l := g.layer(place); l != nil {
			sum += l.Process().(*branch).Balance
		}
	}
	if want := int64(len(g.members)) * opening; sum != want {
		return fmt.Errorf("the accounts hold %d, want %d", sum, want)
	}
	return nil
}
