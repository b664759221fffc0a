package raft

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
)

// peer is what a leader knows of one server, nextIndex and matchIndex among it
// (Figure 2), and how it sends to it:
//
//	probing      one message at a time until it is known where the logs agree
//	replicating  messages ahead of their answers, as many as the window allows
//	installing   a snapshot, since it needs entries that were dropped
type peer struct {
	addr   node.Addr
	match  Index // known to be stored there
	next   Index // the next entry to send
	heard  time.Duration
	round  uint64 // the latest round that it answered
	commit Index  // the highest commit index sent to it

	mode    mode
	waiting bool // probing: for the answer, or the next heartbeat
	window  window
	sending *sending // installing
}

type mode uint8

const (
	probing mode = iota
	replicating
	installing
)

// probe goes back to searching, with what is known of the logs' agreement.
func (p *peer) probe(next Index) {
	p.stopSending()
	p.mode, p.next, p.waiting = probing, max(next, p.match+1), false
	p.window.reset()
}

// accepted takes notice that the follower has everything up to index i. It
// reports whether that is news.
func (p *peer) accepted(i Index) bool {
	p.window.release(i)
	news := i > p.match
	if news {
		p.match = i
		p.next = max(p.next, i+1)
	}
	if p.mode == probing {
		p.mode, p.waiting = replicating, false
		p.next = p.match + 1
	}
	return news
}

// window is the messages on their way to one follower, oldest first: a ring of
// the last index and the size of each.
type window struct {
	messages []inflight
	head, n  int
	bytes    int64
}

type inflight struct {
	last  Index
	bytes int64
}

func (w *window) reset() { w.head, w.n, w.bytes = 0, 0, 0 }

func (w *window) full(count int, bytes int64) bool { return w.n >= count || w.bytes >= bytes }

func (w *window) add(last Index, bytes int64) {
	if w.n == len(w.messages) {
		w.grow()
	}
	w.messages[(w.head+w.n)%len(w.messages)] = inflight{last, bytes}
	w.n++
	w.bytes += bytes
}

func (w *window) grow() {
	larger := make([]inflight, max(8, 2*len(w.messages)))
	for i := range w.n {
		larger[i] = w.messages[(w.head+i)%len(w.messages)]
	}
	w.messages, w.head = larger, 0
}

// release lets go of all messages whose entries are at or before index i.
func (w *window) release(i Index) {
	for w.n > 0 && w.messages[w.head].last <= i {
		w.bytes -= w.messages[w.head].bytes
		w.head = (w.head + 1) % len(w.messages)
		w.n--
	}
	if w.bytes < 0 {
		panic(fmt.Sprintf("raft: %d bytes in flight", w.bytes))
	}
}
