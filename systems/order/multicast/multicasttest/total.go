package multicasttest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/order/lamport"
	"github.com/parleysystems/parley/systems/order/multicast"
	"github.com/parleysystems/parley/systems/order/ordertest"
)

// TotalOrder looks for two members that differ.
var TotalOrder = swarmed{
	name: "total-order",
	text: `Do all replicas execute all updates in one order? Two clients submit updates to 2 to 5 replicas over
links that lose, delay and reorder; replicas crash at any moment and come back, networks split, disks are slow
or fail; windows, checkpoints and the moment of acknowledgement (at the head of the queue, or on receipt with
FIFO channels) are drawn. Every execution is watched: it must be the next in the order that the first executor
set, its stamp above the one before, and every replica that is up must have the update, at the head of
its queue or executed. When all is mended, everybody has executed everything that was accepted.`,
	canon:     []string{"multicast.total.queue-and-ack", "multicast.total.same-order"},
	sometimes: []string{"several updates executed"},
	kind:      multicast.NewTotal,
	config: func(k *sim.Knobs, c *multicast.Config) {
		c.OnReceipt = k.Chance("on-receipt", 0.4)
		c.FIFO = c.OnReceipt || k.Chance("fifo", 0.2)
	},
	watch: watchTotal,
	judge: func(r *ordertest.Run, g *Group) error {
		for place := range g.members {
			if !slices.Equal(g.ids(place), g.ids(0)) {
				return fmt.Errorf("%s executed %v, %s executed %v", g.members[0], g.ids(0), g.members[place], g.ids(place))
			}
		}
		r.Marks.Sometimes("several updates executed", len(g.ids(0)) > 3)
		return nil
	},
}.register()

// executed is an update as the first replica executed it.
type executed struct {
	id    uint64
	stamp lamport.Stamp
}

// watchTotal compares every execution with the order of the first executor.
func watchTotal(g *Group) {
	var order []executed
	var fresh []executed // first executions of the present event
	g.delivering = func(place int, b *board, e Entry) {
		g.consecutive(place, b, e)
		k, now := len(b.ids), executed{e.ID, e.Delivery.Stamp}
		switch {
		case k < len(order) && order[k] != now:
			g.object("total order: %s executes update %d (%v) as number %d, where others executed %d (%v)",
				g.members[place], now.id, now.stamp, k, order[k].id, order[k].stamp)
		case k == len(order):
			if k > 0 && !order[k-1].stamp.Less(now.stamp) {
				g.object("total order: %s executes %v after %v", g.members[place], now.stamp, order[k-1].stamp)
			}
			order = append(order, now)
			fresh = append(fresh, now)
		}
	}
	g.world.OnEvent(func() {
		for _, x := range fresh {
			g.everywhere(x, order)
		}
		fresh = nil
	})
}

// everywhere demands that all replicas that are up have an update, or have
// executed it, now that somebody has.
func (g *Group) everywhere(x executed, order []executed) {
	at := slices.Index(order, x)
	for place := range g.members {
		m := g.member(place)
		if m == nil || len(m.App().(*board).ids) > at || slices.Contains(m.Pending(), x.stamp) {
			continue
		}
		g.object("update %d (%v) was executed, and %s has never had it", x.id, x.stamp, g.members[place])
	}
}
