package multicast

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/vector"
)

// NewCausal returns a member of a group that delivers no multicast before one
// that it may depend on.
func NewCausal(cfg Config, app Application) *Member {
	return newMember(cfg, app, func(m *Member) ordering {
		c := &causal{m: m, delivered: vector.New(len(cfg.Members))}
		c.relay = newRelay(c)
		return c
	})
}

// causal is what a member has delivered and what it holds back.
type causal struct {
	m *Member
	// delivered counts the posts of each member that were delivered here.
	delivered vector.Clock
	held      []heldPost // in the order of arrival
	relay     *relay
}

type heldPost struct {
	From int   `wire:"1"`
	Post *Post `wire:"2"`
}

// admits refuses what would only wait, when too much waits already. What can be
// delivered always comes in, and since causality has no cycles, something that
// the held ones wait for can.
func (c *causal) admits(from int, msg node.Message) bool {
	p, ok := msg.(*Post)
	return !ok || !c.fits(p) || len(c.held) < c.m.cfg.MaxHeld || ready(c.delivered, from, p.Vector) || c.has(from, p)
}

// has tells whether a post has come before: by its channel, or passed on.
func (c *causal) has(from int, p *Post) bool {
	return p.Vector[from] <= c.delivered[from] || slices.ContainsFunc(c.held, func(h heldPost) bool {
		return h.From == from && h.Post.Vector[from] == p.Vector[from]
	})
}

// submit delivers a post of this member's own here at once, and elsewhere after
// all that was delivered here before.
func (c *causal) submit(_ uint64, body []byte) {
	c.delivered.Tick(c.m.self)
	p := &Post{Vector: c.delivered.Clone(), Body: body}
	c.m.mesh.Broadcast(p)
	c.hand(c.m.self, p)
	c.relay.watch()
}

func (c *causal) receive(from int, msg node.Message) {
	p, ok := msg.(*Post)
	if !ok || !c.fits(p) || c.has(from, p) {
		return
	}
	c.held = append(c.held, heldPost{from, p})
	for c.deliverOne() {
	}
	c.relay.watch()
}

func (c *causal) direct(from int, msg node.Message) {
	switch msg := msg.(type) {
	case *Passed:
		c.passed(msg)
	case *Have:
		c.relay.learn(from, msg)
	}
}

// passed takes another's post that comes by a third.
func (c *causal) passed(m *Passed) {
	if m.From < 0 || m.From >= len(c.delivered) || m.From == c.m.self || m.Post == nil || !c.fits(m.Post) ||
		c.has(m.From, m.Post) || !c.admits(m.From, m.Post) {
		return
	}
	c.m.record(&input{From: m.From, Body: m.Post})
	c.receive(m.From, m.Post)
}

// fits tells whether a post's vector is one of this group.
func (c *causal) fits(p *Post) bool { return len(p.Vector) == len(c.delivered) }

// deliverOne delivers the first held post that is ready.
func (c *causal) deliverOne() bool {
	at := slices.IndexFunc(c.held, func(h heldPost) bool { return ready(c.delivered, h.From, h.Post.Vector) })
	if at < 0 {
		return false
	}
	h := c.held[at]
	c.held = slices.Delete(c.held, at, at+1)
	c.delivered.Tick(h.From)
	c.hand(h.From, h.Post)
	c.relay.keep(h)
	return true
}

// ready is the delivery rule: the post is the next of its sender's, and all that
// its sender had delivered from others has been delivered (I4).
func ready(delivered vector.Clock, from int, v vector.Clock) bool {
	//parley:rule multicast.causal.delivery-rule force=false
	if v[from] != delivered[from]+1 {
		return false
	}
	for k := range v {
		//parley:rule multicast.causal.delivery-rule multicast.causal.no-reply-before-post force=false
		if k != from && v[k] > delivered[k] {
			return false
		}
	}
	return true
}

func (c *causal) hand(from int, p *Post) {
	c.m.deliver(Delivery{From: from, Number: p.Vector[from], Body: p.Body, Vector: p.Vector})
}

func (c *causal) open() int { return 0 }

// causalState is a causal in a checkpoint.
type causalState struct {
	Delivered vector.Clock `wire:"1"`
	Held      []heldPost   `wire:"2"`
	Kept      []keptPost   `wire:"3"`
}

var _ = wire.Register[causalState]("multicast.causal")

func (c *causal) state() node.Message { return &causalState{c.delivered, c.held, c.relay.kept} }

func (c *causal) restore(state node.Message) error {
	s, ok := state.(*causalState)
	if !ok || len(s.Delivered) != len(c.delivered) {
		return fmt.Errorf("state of another multicast: %T", state)
	}
	c.delivered, c.held, c.relay.kept = s.Delivered, s.Held, s.Kept
	c.relay.watch()
	return nil
}
