package pool

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// queue tells which queue a frame is in.
type queue uint8

const (
	nowhere queue = iota
	small
	main
)

// queues are those of S3-FIFO.
type queues struct {
	small, main fifo
	target      int // length of small above which it is evicted from
	ghosts      ghosts
	now         uint32 // the time, in units of pages read: an eighth of target
	reads       int    // since the last unit
}

func (q *queues) init(frames int) {
	q.now = 1
	q.target = max(1, frames/10)
	q.ghosts = ghosts{ring: make([]page.ID, frames-q.target), known: map[page.ID]int{}}
}

// leastUnit is as many pages as a walk reads at most on its way to the next leaf.
const leastUnit = 3

// tick counts a page that is read.
func (q *queues) tick() {
	if q.reads++; q.reads >= max(leastUnit, q.target/8) {
		q.now, q.reads = max(1, q.now+1), 0
	}
}

// again tells whether the use of a page is more than the one that it was read for. A
// walk uses a leaf once for each of its entries, all before it reads many more.
func (f *Frame) again() bool { return f.used != 0 && f.used-f.came >= 2 }

// enter lets a page in that was just read.
func (q *queues) enter(f *Frame, s *Stats) {
	if q.ghosts.take(f.id) {
		s.GhostHits++
		q.main.push(f, main)
		return
	}
	q.small.push(f, small)
}

// fifo is a doubly linked list of frames, pushed at the head.
type fifo struct {
	head, tail *Frame
	n          int
}

func (l *fifo) push(f *Frame, where queue) {
	f.where, f.prev, f.next = where, nil, l.head
	if l.head != nil {
		l.head.prev = f
	} else {
		l.tail = f
	}
	l.head = f
	l.n++
}

func (l *fifo) pop() *Frame {
	f := l.tail
	l.tail = f.prev
	if l.tail != nil {
		l.tail.next = nil
	} else {
		l.head = nil
	}
	l.n--
	f.where, f.prev, f.next = nowhere, nil, nil
	return f
}

// ghosts remembers pages that left the small queue, as many as main may hold.
type ghosts struct {
	ring  []page.ID
	known map[page.ID]int // to the place in the ring, plus one
	at    int
}

func (g *ghosts) add(id page.ID) {
	if len(g.ring) == 0 {
		return
	}
	if old := g.ring[g.at]; g.known[old] == g.at+1 {
		delete(g.known, old)
	}
	g.ring[g.at] = id
	g.at = (g.at + 1) % len(g.ring)
	g.known[id] = (g.at+len(g.ring)-1)%len(g.ring) + 1
}

func (g *ghosts) take(id page.ID) bool {
	if _, ok := g.known[id]; !ok {
		return false
	}
	delete(g.known, id)
	return true
}

// Begin starts an operation that touches at most that many frames. It returns a
// ticket if so many cannot be had now.
func (p *Pool) Begin(frames int) error {
	if p.err != nil {
		return p.err
	}
	p.op++
	if len(p.frames)-p.writer.dirty >= frames {
		return nil
	}
	if frames > len(p.frames)*3/4 {
		return fmt.Errorf("pool: an operation needs %d frames, and there are %d: give it more memory", frames, len(p.frames))
	}
	p.stats.Stalls++
	return p.writer.ticket(p)
}

// vacate returns a frame that holds no page.
func (p *Pool) vacate() *Frame {
	if f := p.free; f != nil {
		p.free, f.next = f.next, nil
		return f
	}
	q := &p.queues
	if q.small.n >= q.target {
		if f := p.fromSmall(); f != nil {
			return f
		}
	}
	if f := p.fromMain(); f != nil {
		return f
	}
	if f := p.fromSmall(); f != nil {
		return f
	}
	panic("pool: no frame can be evicted, though Begin has counted them")
}

// fromSmall evicts the oldest page of the small queue that was not used again since
// it came; those that were move to the main queue.
func (p *Pool) fromSmall() *Frame {
	q := &p.queues
	for range q.small.n {
		f := q.small.pop()
		switch {
		case p.stays(f):
			q.small.push(f, small)
		case f.again():
			f.used = 0
			q.main.push(f, main)
		default:
			q.ghosts.add(f.id)
			return p.evict(f)
		}
	}
	return nil
}

// fromMain lets the clock go round, twice at most.
func (p *Pool) fromMain() *Frame {
	q := &p.queues
	for range 2 * q.main.n {
		f := q.main.pop()
		if p.stays(f) || f.used != 0 {
			f.used = 0
			q.main.push(f, main)
			continue
		}
		return p.evict(f)
	}
	return nil
}

// stays tells whether a frame must not be evicted: the current operation has it,
// or its changes are not on the disk.
func (p *Pool) stays(f *Frame) bool { return f.op == p.op || f.dirty }

func (p *Pool) evict(f *Frame) *Frame {
	p.stats.Evictions++
	p.table.remove(f.id)
	return f
}
