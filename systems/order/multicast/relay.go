package multicast

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast/channel"
	"github.com/parleysystems/parley/systems/order/vector"
)

// relay passes posts on to members that their sender does not reach (I5). After the
// two-dimensional time table of G. Wuu and A. Bernstein, "Efficient solutions to the
// replicated log and dictionary problems", PODC 1984.
type relay struct {
	c *causal
	// table has a row for each member: what it is known to have delivered. This
	// member's own is the causal's. A crash loses it; the others tell it again.
	table []vector.Clock
	// kept are others' posts that somebody is not known to have, in the order of
	// their delivery here.
	kept  []keptPost
	timer node.Timer
	armed bool
}

type keptPost struct {
	From  int           `wire:"1"`
	Post  *Post         `wire:"2"`
	since time.Duration `wire:"-"` // by the node's oscillator
}

// Bounds of what is passed on at once.
const (
	maxPassed      = 256
	maxPassedBytes = MaxBody
)

func newRelay(c *causal) *relay {
	r := &relay{c: c}
	for range c.delivered {
		r.table = append(r.table, vector.New(len(c.delivered)))
	}
	r.timer = c.m.env.Timer(r.ask)
	return r
}

func (r *relay) off() bool { return r.c.m.cfg.Relay == 0 }

// keep notes a post of another that was delivered here and that others may lack. When
// too many are kept, it is left to its sender.
func (r *relay) keep(h heldPost) {
	if r.off() {
		return
	}
	r.table[h.From].Merge(h.Post.Vector)
	k := keptPost{h.From, h.Post, r.c.m.env.Elapsed()}
	if len(r.kept) < r.c.m.cfg.MaxKept && !r.everywhere(k) {
		r.kept = append(r.kept, k)
	}
}

// unsettled tells whether somebody may lack something, for all that is known here. A
// channel's confirmation does not settle it: what was taken may be held back, and
// others ask here what a third has.
func (r *relay) unsettled() bool {
	if len(r.c.held) > 0 {
		return true
	}
	for i, row := range r.table {
		if i != r.c.m.self && row.Compare(r.c.delivered) != vector.Equal {
			return true
		}
	}
	return false
}

// watch sees to it that the others are asked, as long as that is so.
func (r *relay) watch() {
	if !r.off() && !r.armed && r.unsettled() {
		r.armed = true
		r.timer.Reset(r.c.m.cfg.Relay)
	}
}

func (r *relay) ask() {
	if r.armed = false; !r.unsettled() {
		return
	}
	question := &Have{Rows: r.rows(), Ask: true}
	for i, a := range r.c.m.cfg.Members {
		if i != r.c.m.self {
			r.c.m.env.Send(a, question)
		}
	}
	r.watch()
}

// rows copies the table.
func (r *relay) rows() (rows []Row) {
	for i, known := range r.table {
		if i == r.c.m.self {
			known = r.c.delivered
		}
		rows = append(rows, Row{known.Clone()})
	}
	return rows
}

// learn takes over what another knows, passes on what it lacks, and answers it.
func (r *relay) learn(from int, h *Have) {
	if r.off() || !r.fits(h) {
		return
	}
	for i, row := range h.Rows {
		r.table[i].Merge(row.Delivered)
	}
	r.settle()
	r.pass(from)
	r.watch()
	if h.Ask {
		r.c.m.env.Send(r.c.m.cfg.Members[from], &Have{Rows: r.rows()})
	}
}

// fits tells whether a Have is one of this group's: nobody has what was never posted.
func (r *relay) fits(h *Have) bool {
	self, posted := r.c.m.self, r.c.delivered[r.c.m.self]
	if len(h.Rows) != len(r.table) {
		return false
	}
	for _, row := range h.Rows {
		if len(row.Delivered) != len(r.table) || row.Delivered[self] > posted {
			return false
		}
	}
	return true
}

// settle gives up what everybody has, and what a channel need not bring any more:
// the n-th message of a channel of Causal is its sender's n-th post.
func (r *relay) settle() {
	for to, row := range r.table {
		r.c.m.mesh.Forget(to, channel.Seq(row[r.c.m.self]+1))
	}
	r.kept = slices.DeleteFunc(r.kept, r.everywhere)
}

// everywhere tells whether all other members are known to have a post.
func (r *relay) everywhere(k keptPost) bool {
	for i, row := range r.table {
		if i != r.c.m.self && row[k.From] < k.Post.Vector[k.From] {
			return false
		}
	}
	return true
}

// pass sends a member what it lacks and can deliver, and what its sender has had
// time to bring.
func (r *relay) pass(to int) {
	has, old := r.table[to].Clone(), r.c.m.env.Elapsed()-r.c.m.cfg.Relay
	posts, bytes := 0, 0
	for _, k := range r.kept {
		if k.since > old || posts == maxPassed || bytes > maxPassedBytes {
			return
		}
		if ready(has, k.From, k.Post.Vector) {
			has.Tick(k.From)
			posts, bytes = posts+1, bytes+len(k.Post.Body)
			r.c.m.env.Send(r.c.m.cfg.Members[to], &Passed{From: k.From, Post: k.Post})
		}
	}
}
