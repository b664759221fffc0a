package live

import (
	"sync/atomic"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// output keeps the output rule for one node: it holds sends and completions, in
// the order in which the node made them, until the log is durable as far as it
// was appended to before.
//
// Owner: the loop. wants is what the syncer reads.
type output struct {
	loop     *loop
	commit   *commit
	appended wal.Position // after this node's latest Append
	told     wal.Position // as far as the syncer was told to go
	bytes    int          // appended since
	queue    []held       // from head on; after never decreases
	head     int
	wants    atomic.Uint64 // position that a sleeping loop waits for, or 0
}

// held is a message to send, or a completion to run, once the log is durable up
// to after.
type held struct {
	after   wal.Position
	message // of a completion: the cause alone
	done    func()
}

// message is a message with both its ends.
type message struct {
	from, to node.Addr
	m        node.Message
	cause    trace.ID // the step that sent it, and then the Send; 0 without a tracer
}

func (o *output) len() int { return len(o.queue) - o.head }

// idle tells whether nothing is outstanding, so that a send need not queue. A
// queue that could be released still goes first: sends keep their order.
func (o *output) idle() bool {
	return o.head == len(o.queue) && o.appended <= o.commit.position()
}

func (o *output) send(m message) {
	if o.idle() {
		o.loop.outboxes.add(m)
		return
	}
	o.queue = append(o.queue, held{after: o.appended, message: m})
}

// durable holds done even if it could run, since it must not run within the
// event that asks for it.
func (o *output) durable(done func()) {
	o.queue = append(o.queue, held{after: o.appended, message: message{cause: o.loop.steps.cause()}, done: done})
}

// ready tells whether release would do anything.
func (o *output) ready() bool {
	return o.head < len(o.queue) && o.queue[o.head].after <= o.commit.position()
}

// release lets go what the disk has caught up with. Completions that ask for
// further ones wait for the next round with them.
func (o *output) release() {
	durable, end := o.commit.position(), len(o.queue)
	for o.head < end && o.queue[o.head].after <= durable && !o.loop.host.stopped() {
		h := o.queue[o.head]
		o.queue[o.head] = held{}
		o.head++
		if h.done == nil {
			o.loop.outboxes.add(h.message)
			continue
		}
		o.loop.steps.begin(trace.Durable, h.cause)
		o.loop.event(h.done)
	}
	o.compact()
}

// compact gives the room of what has left back to the queue.
func (o *output) compact() {
	if o.head < len(o.queue) && o.head < cap(o.queue)/2 {
		return
	}
	if o.head == len(o.queue) && cap(o.queue) > roomy {
		o.queue, o.head = nil, 0
		return
	}
	n := copy(o.queue, o.queue[o.head:])
	clear(o.queue[n:])
	o.queue, o.head = o.queue[:n], 0
}

// handOver tells the syncer of new records, once a round.
func (o *output) handOver() {
	if o.bytes > 0 || o.appended > o.told {
		o.commit.bytes.Add(uint64(o.bytes))
		o.told, o.bytes = o.appended, 0
		o.commit.kick()
	}
}

// full tells whether too much waits for the disk: outputs, or records of a node
// that goes on to append.
func (o *output) full() bool {
	if o.len() > o.loop.host.bounds.Held {
		return true
	}
	return o.appended > o.commit.position() && o.commit.wal.Buffered() > o.loop.host.bounds.Unsynced
}

// await waits until something can be released, or enough was written. The
// mailbox fills up meanwhile and pushes back in its turn.
func (o *output) await() {
	o.commit.await(func() bool { return o.ready() || !o.full() })
}

// fallAsleep says for what position the loop is to be woken, and tells whether
// it is still to come.
func (o *output) fallAsleep() bool {
	o.wants.Store(0)
	if o.len() > 0 {
		o.wants.Store(uint64(o.queue[o.head].after))
	}
	return !o.ready()
}
