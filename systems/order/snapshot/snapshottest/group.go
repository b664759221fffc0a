package snapshottest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// Group is the members of a group in a world, and the snapshots that they took.
type Group struct {
	world   *sim.World
	members []node.Addr
	tapes   []*tape
	taken   []taken
	failed  []error
	begun   int
	heap    *heap // of mutators
}

// taken is a snapshot that was finished.
type taken struct {
	*snapshot.Global
	began, ended time.Duration
	arrived      int // markers of it, over all channels, when it ended
}

// newGroup makes a member on each host, with the layer that make returns.
func newGroup(w *sim.World, hosts []string, cfg snapshot.Config, make func(cfg snapshot.Config, place int) *snapshot.Layer) *Group {
	g := &Group{world: w}
	for _, h := range hosts {
		g.members = append(g.members, node.Join(h, "member"))
	}
	cfg.Members = g.members
	for place, a := range g.members {
		t := &tape{n: len(hosts)}
		g.tapes = append(g.tapes, t)
		w.Host(a.Host()).Serve(a.Service(), func() node.Node {
			return &tapped{tape: t, members: g.members, layer: make(cfg, place)}
		})
	}
	return g
}

// layer returns that of a running member, or nil.
func (g *Group) layer(place int) *snapshot.Layer {
	if t, ok := g.world.Node(g.members[place]).(*tapped); ok {
		return t.layer
	}
	return nil
}

// initiate begins a snapshot at a member, unless that is down or busy.
func (g *Group) initiate(place int) {
	began := g.world.Now()
	g.world.Do(g.members[place], func(n node.Node) {
		var id snapshot.ID
		id, err := n.(*tapped).layer.Initiate(func(s *snapshot.Global, err error) {
			if err != nil {
				g.failed = append(g.failed, err)
				return
			}
			g.taken = append(g.taken, taken{s, began, g.world.Now(), g.arrived(s.ID)})
		})
		switch {
		case err == nil:
			g.begun++
		case !errors.Is(err, snapshot.ErrBusy) && !errors.Is(err, snapshot.ErrAborted):
			g.failed = append(g.failed, fmt.Errorf("%v: %w", id, err))
		}
	})
}

// arrived counts the markers of a snapshot that have come, each channel's once.
func (g *Group) arrived(id snapshot.ID) (n int) {
	for _, t := range g.tapes {
		n += len(t.arrived[id])
	}
	return n
}

// open returns the most snapshots under way at a member.
func (g *Group) open() (n int) {
	for place := range g.members {
		if l := g.layer(place); l != nil {
			n = max(n, l.Open())
		}
	}
	return n
}

// ended returns nil once every snapshot that was begun has a result, and left
// nothing behind.
func (g *Group) ended() error {
	if n := g.open(); n > 0 {
		return fmt.Errorf("%d snapshots are under way at a member", n)
	}
	if got := len(g.taken) + len(g.failed); got < g.begun {
		return fmt.Errorf("%d of %d snapshots have ended", got, g.begun)
	}
	return nil
}
