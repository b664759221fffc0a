package live

import (
	"sync"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// event is one call into a node: a message, a posted function or a completion.
type event struct {
	from node.Addr
	call string // the task that waits for m, if it is the answer to a call
	m    node.Message
	do   func(node.Node)
	run  func()

	cause trace.ID // the Send of m, or what asked for run; 0 without a tracer
}

// mailbox is what waits for one loop. Many goroutines put, the loop takes all
// of it at once by exchanging slices, so that an event costs an uncontended
// lock and a copy, and the loop is woken only when it sleeps.
//
// Three kinds of events wait in one order, each with a bound of its own, so
// that a crowd of clients does not keep a replica from hearing its peers:
// posts (the putter waits), messages (dropped), and completions, which are as
// many as the node itself asked for and are always taken in.
type mailbox struct {
	bounds *Bounds
	wake   chan struct{} // capacity 1; at most one token, sent to a sleeper

	mu       sync.Mutex
	room     sync.Cond // posts fell below the bound, or closed
	events   []event
	posts    int
	messages int
	bytes    int
	dropped  uint64
	waiting  int  // goroutines in room
	nudged   bool // the loop is to look around although there may be no event
	sleeping bool
	closed   bool
}

func newMailbox(b *Bounds) *mailbox {
	m := &mailbox{bounds: b, wake: make(chan struct{}, 1)}
	m.room.L = &m.mu
	return m
}

// post queues f; if the mailbox is full it waits for room, or returns ErrBusy.
func (m *mailbox) post(f func(node.Node), wait bool) error {
	m.mu.Lock()
	for m.posts >= m.bounds.MailboxPosts && !m.closed {
		if !wait {
			m.mu.Unlock()
			return ErrBusy
		}
		m.waiting++
		m.room.Wait()
		m.waiting--
	}
	if m.closed {
		m.mu.Unlock()
		return ErrStopped
	}
	m.posts++
	m.events = append(m.events, event{do: f})
	m.unlockAndWake()
	return nil
}

// deliver queues messages, of size bytes in all, and drops those that exceed
// the bounds.
func (m *mailbox) deliver(messages []event, size int) {
	m.mu.Lock()
	room := m.bounds.MailboxMessages - m.messages
	if m.bytes+size > m.bounds.MailboxBytes && m.bytes > 0 || m.closed {
		room = 0
	}
	if room < len(messages) {
		m.dropped += uint64(len(messages) - room)
		messages = messages[:room]
	}
	if len(messages) == 0 {
		m.mu.Unlock()
		return
	}
	m.bytes += size
	m.messages += len(messages)
	m.events = append(m.events, messages...)
	m.unlockAndWake()
}

// complete queues the completion of something that the node asked for.
func (m *mailbox) complete(run func(), cause trace.ID) {
	m.mu.Lock()
	if !m.closed {
		m.events = append(m.events, event{run: run, cause: cause})
	}
	m.unlockAndWake()
}

// nudge makes the loop look at its surroundings: durable position, stop.
func (m *mailbox) nudge() {
	m.mu.Lock()
	m.nudged = true
	m.unlockAndWake()
}

func (m *mailbox) unlockAndWake() {
	wake := m.sleeping
	m.sleeping = false
	m.mu.Unlock()
	if wake {
		m.wake <- struct{}{}
	}
}

// roomy is the number of elements from which on the room of a queue is given
// back once it is not needed any more.
const roomy = 4 << 10

// take returns all that waits and leaves spare in its place.
func (m *mailbox) take(spare []event) []event {
	m.mu.Lock()
	taken := m.events
	if cap(spare) > roomy && len(taken) < cap(spare)/16 {
		spare = nil // a burst is over; hundreds of services would hold on to its room
	}
	m.events, m.nudged = spare[:0], false
	m.posts, m.messages, m.bytes = 0, 0, 0
	if m.waiting > 0 {
		m.room.Broadcast()
	}
	m.mu.Unlock()
	return taken
}

// fallAsleep tells whether the loop may wait for wake: nothing is there for it, and
// something may yet come. After that exactly one token comes, unless rouse takes the sleep back.
func (m *mailbox) fallAsleep() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sleeping = len(m.events) == 0 && !m.nudged && !m.closed
	return m.sleeping
}

// deserted tells whether the loop sleeps and nothing is there for it.
func (m *mailbox) deserted() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sleeping && !m.nudged && !m.closed && len(m.events) == 0
}

// rouse ends a sleep that a timer interrupted.
func (m *mailbox) rouse() {
	m.mu.Lock()
	asleep := m.sleeping
	m.sleeping = false
	m.mu.Unlock()
	if !asleep {
		<-m.wake // somebody woke us meanwhile; the token is there or coming
	}
}

// close lets nothing in any more and frees who waits for room.
func (m *mailbox) close() {
	m.mu.Lock()
	m.closed, m.nudged = true, true
	m.room.Broadcast()
	m.unlockAndWake()
}

func (m *mailbox) stats() (length int, dropped uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.events), m.dropped
}
