package channel

import (
	"cmp"
	"slices"
)

// Receiver is the receiving end of a channel.
type Receiver struct {
	next   Seq // all before it were handed on
	held   []*Data
	seen   []Seq // handed on ahead of next, sorted; empty if fifo
	fifo   bool
	window int
}

// accept takes an arrival and hands on what may be, by take, in order. take
// refuses a message by returning false: it will come again.
func (r *Receiver) accept(d *Data, take func(*Data) bool) {
	if d.Body == nil || d.First > d.Seq {
		return
	}
	r.skip(d.First)
	if d.Seq < r.next || d.Seq >= r.next+Seq(r.window) {
		return
	}
	//parley:rule chandylamport.model.assumptions chandylamport.cut.causally-closed multicast.total.queue-and-ack force=false
	if r.fifo {
		r.inOrder(d, take)
		return
	}
	if _, twice := slices.BinarySearch(r.seen, d.Seq); !twice && take(d) {
		r.Taken(d.Seq)
	}
}

// inOrder holds a message back until all before it have come.
func (r *Receiver) inOrder(d *Data, take func(*Data) bool) {
	at, twice := slices.BinarySearchFunc(r.held, d.Seq, func(h *Data, n Seq) int { return cmp.Compare(h.Seq, n) })
	if !twice {
		r.held = slices.Insert(r.held, at, d)
	}
	for len(r.held) > 0 && r.held[0].Seq == r.next {
		if !take(r.held[0]) {
			r.held = r.held[1:]
			return
		}
		r.Taken(r.held[0].Seq)
		r.held = r.held[1:]
	}
}

// skip stops waiting for what is before first: it has come in another way.
func (r *Receiver) skip(first Seq) {
	if first <= r.next {
		return
	}
	r.held = slices.DeleteFunc(r.held, func(d *Data) bool { return d.Seq < first })
	r.seen = slices.DeleteFunc(r.seen, func(n Seq) bool { return n < first })
	for r.next = first; len(r.seen) > 0 && r.seen[0] == r.next; r.next++ {
		r.seen = r.seen[1:]
	}
}

// Taken notes that a message was handed on, now or in an earlier life.
func (r *Receiver) Taken(n Seq) {
	if n == 0 {
		panic("channel: message 0 was handed on: they are numbered from 1")
	}
	if n != r.next {
		at, _ := slices.BinarySearch(r.seen, n)
		r.seen = slices.Insert(r.seen, at, n)
		return
	}
	for r.next++; len(r.seen) > 0 && r.seen[0] == r.next; r.next++ {
		r.seen = r.seen[1:]
	}
}
