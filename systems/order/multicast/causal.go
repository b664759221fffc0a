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
		return &causal{m: m, delivered: vector.New(len(cfg.Members))}
	})
}

// causal is what a member has delivered and what it holds back.
type causal struct {
	m *Member
	// delivered counts the posts of each member that were delivered here.
	delivered vector.Clock
	held      []heldPost // in the order of arrival
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
	return !ok || !c.fits(p) || len(c.held) < c.m.cfg.MaxHeld || c.ready(from, p.Vector)
}

// submit delivers a post of this member's own here at once, and elsewhere after
// all that was delivered here before.
func (c *causal) submit(_ uint64, body []byte) {
	c.delivered.Tick(c.m.self)
	p := &Post{Vector: c.delivered.Clone(), Body: body}
	c.m.mesh.Broadcast(p)
	c.hand(c.m.self, p)
}

func (c *causal) receive(from int, msg node.Message) {
	p, ok := msg.(*Post)
	if !ok || !c.fits(p) {
		return
	}
	c.held = append(c.held, heldPost{from, p})
	for c.deliverOne() {
	}
}

// fits tells whether a post's vector is one of this group.
func (c *causal) fits(p *Post) bool { return len(p.Vector) == len(c.delivered) }

// deliverOne delivers the first held post that is ready.
func (c *causal) deliverOne() bool {
	at := slices.IndexFunc(c.held, func(h heldPost) bool { return c.ready(h.From, h.Post.Vector) })
	if at < 0 {
		return false
	}
	h := c.held[at]
	c.held = slices.Delete(c.held, at, at+1)
	c.delivered.Tick(h.From)
	c.hand(h.From, h.Post)
	return true
}

// ready is the delivery rule: the post is the next of its sender's, and all that
// its sender had delivered from others has been delivered here (I4).
func (c *causal) ready(from int, v vector.Clock) bool {
	//parley:rule multicast.causal.delivery-rule force=false
	if v[from] != c.delivered[from]+1 {
		return false
	}
	for k := range v {
		//parley:rule multicast.causal.delivery-rule multicast.causal.no-reply-before-post force=false
		if k != from && v[k] > c.delivered[k] {
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
}

var _ = wire.Register[causalState]("multicast.causal")

func (c *causal) state() node.Message { return &causalState{c.delivered, c.held} }

func (c *causal) restore(state node.Message) error {
	s, ok := state.(*causalState)
	if !ok || len(s.Delivered) != len(c.delivered) {
		return fmt.Errorf("state of another multicast: %T", state)
	}
	c.delivered, c.held = s.Delivered, s.Held
	return nil
}
