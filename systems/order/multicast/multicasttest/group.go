package multicasttest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast"
)

// kind makes a member: multicast.NewTotal, NewCausal or NewArrival.
type kind func(multicast.Config, multicast.Application) *multicast.Member

// Group is the members of one group in a world.
type Group struct {
	world   *sim.World
	members []node.Addr
	// delivering is told of every delivery before the board lists it.
	delivering func(place int, b *board, e Entry)
	heldBack   bool  // a post was, somewhere
	err        error // the first thing that an oracle objected to
}

// newGroup makes a member on each of the hosts. cfg.Members is filled in.
func newGroup(w *sim.World, hosts []string, ordered kind, cfg multicast.Config) *Group {
	g := &Group{world: w}
	for _, h := range hosts {
		g.members = append(g.members, node.Join(h, "multicast"))
	}
	cfg.Members = g.members
	for place, a := range g.members {
		w.Host(a.Host()).Serve(a.Service(), func() node.Node {
			b := &board{counts: make([]uint64, len(g.members)), before: func(b *board, e Entry) {
				if g.delivering != nil {
					g.delivering(place, b, e)
				}
			}}
			return ordered(cfg, b)
		})
	}
	return g
}

// member returns a running member, or nil.
func (g *Group) member(place int) *multicast.Member {
	m, _ := g.world.Node(g.members[place]).(*multicast.Member)
	return m
}

// consecutive demands that each sender's multicasts are delivered one after the
// other, each once an incarnation.
func (g *Group) consecutive(place int, b *board, e Entry) {
	if from := e.Delivery.From; e.Delivery.Number != b.counts[from]+1 {
		g.object("%s delivers multicast %d of %s, after %d of them", g.members[place], e.Delivery.Number, g.members[from], b.counts[from])
	}
}

// ids returns what was delivered to a running member, or nil.
func (g *Group) ids(place int) []uint64 {
	if m := g.member(place); m != nil {
		return m.App().(*board).ids
	}
	return nil
}

// submit has a member multicast a number. It fails if the member is down.
func (g *Group) submit(place int, id uint64) (err error) {
	up := g.world.Do(g.members[place], func(n node.Node) { _, err = n.(*multicast.Member).Submit(body(id)) })
	if !up {
		err = errors.New("down")
	}
	return err
}

// object keeps the first objection of an oracle.
func (g *Group) object(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf(format, args...)
	}
}

// quiet returns nil once nothing is on its way: the same was delivered to all.
func (g *Group) quiet() error {
	if g.err != nil {
		return nil // the objection is what matters
	}
	for place := range g.members {
		m := g.member(place)
		switch {
		case m == nil:
			return fmt.Errorf("%s is down", g.members[place])
		case m.Backlog() > 0 || m.Held() > 0 || m.Kept() > 0 || len(m.Pending()) > 0 || m.Early() > 0:
			return fmt.Errorf("%s: %d messages not confirmed, %d posts held, %d kept, %d updates pending, %d early acknowledgements",
				g.members[place], m.Backlog(), m.Held(), m.Kept(), len(m.Pending()), m.Early())
		case !slices.Equal(sorted(g.ids(place)), sorted(g.ids(0))):
			return fmt.Errorf("%s has %d deliveries, %s has %d", g.members[place], len(g.ids(place)), g.members[0], len(g.ids(0)))
		}
	}
	return nil
}

func sorted(ids []uint64) []uint64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return ids
}
