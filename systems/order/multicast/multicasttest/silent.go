package multicasttest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/order/multicast"
	"github.com/parleysystems/parley/systems/order/ordertest"
)

// SilentMember takes one member away for a while.
var SilentMember = experiment.Register(&experiment.Experiment{
	System: "multicast", Name: "silent-member", Hosts: "3 to 5",
	Question: `What does one replica that is down cost? It crashes, or is cut off, in the middle of a load. What was not
acknowledged by it before is executed nowhere until it is back: order is safe, and there is no fault
tolerance. Afterwards it has its queue again, and everybody executes everything.`,
	Canon: []string{"multicast.total.one-silent-replica-blocks"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		return ordertest.Do(seed, o, ordertest.Setup{
			Sim:  sim.Config{Link: sim.Link{Delay: sim.Uniform(time.Millisecond, 20*time.Millisecond), Reorder: 1}},
			Body: func(r *ordertest.Run) error { return silence(r, k.Int("hosts", 3, 5), k.Chance("crash", 0.5)) },
		})
	},
})

func silence(r *ordertest.Run, hosts int, crash bool) error {
	g := newGroup(r.World, ordertest.Hosts(hosts), multicast.NewTotal, multicast.Config{})
	watchTotal(g)
	id := uint64(0)
	load := func(n int) {
		for range n {
			id++
			_ = g.submit(int(id)%(hosts-1), id) // never at the last one, which is to fall silent
		}
	}
	load(6)
	r.World.Run(time.Duration(r.Knobs.Int("moment", 0, 60)) * time.Millisecond)
	back := g.takeAway(hosts-1, crash)
	r.World.Run(100 * time.Millisecond) // what it sent before is in
	before := slices.Clone(g.ids(0))
	load(6)
	r.World.Run(3 * time.Second)
	if err := g.stopped(before); err != nil {
		return err
	}
	back()
	if err := r.Settle(g.quiet, time.Minute); err != nil {
		return err
	}
	if g.err == nil && len(g.ids(0)) != int(id) {
		return fmt.Errorf("%d of %d updates were executed in the end", len(g.ids(0)), id)
	}
	return g.err
}

// takeAway crashes a member or cuts it off, and returns how to bring it back.
func (g *Group) takeAway(place int, crash bool) (back func()) {
	host := g.members[place].Host()
	if !crash {
		return g.world.Cut(sim.Isolate(host))
	}
	g.world.Host(host).Crash()
	return g.world.Host(host).Restart
}

// stopped demands that nothing submitted since was executed by anybody.
func (g *Group) stopped(before []uint64) error {
	for place := range g.members {
		for _, id := range g.ids(place) {
			if id > 6 {
				return fmt.Errorf("%s executed update %d, which the silent member cannot have acknowledged; before it fell silent: %v",
					g.members[place], id, before)
			}
		}
	}
	return g.err
}
