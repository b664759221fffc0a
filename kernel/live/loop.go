package live

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/task"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// loop runs one node: everything that happens to the node happens on its
// goroutine, or, while that sleeps, on one that stands in for it (visit). Fields
// belong to who has the turn, but for mailbox, gauges and ended.
type loop struct {
	host    *Host
	service string
	self    node.Addr
	mailbox *mailbox
	gauges  gauges
	turn    sync.Mutex // the goroutine gives it up only while it sleeps

	node   node.Node
	env    *env
	tasks  *task.Set
	timers timers
	alarm  *time.Timer
	began  time.Time
	armed  int64 // when alarm rings, 0 if it will not
	// ended says that the incarnation is over and its Env does nothing any more.
	// Jobs, which may write files beside the loop, ask for it too.
	ended atomic.Bool

	steps    steps
	output   output
	outboxes outboxes
	events   uint64
}

// gauges is what the loop tells the world, once a round.
type gauges struct {
	events, pauses      atomic.Uint64
	held, timers, tasks atomic.Int64
}

// round is the number of events after which the loop hands its log records to
// the syncer and its messages to the peers, even if more events wait.
const round = 128

// clock returns the nanoseconds since Start by the monotonic clock.
func (l *loop) clock() int64 { return int64(time.Since(l.began)) }

// run is the life of the node.
func (l *loop) run(factory func() node.Node) {
	l.turn.Lock()
	defer l.turn.Unlock()
	defer l.end()
	defer l.recoverPanic()
	l.steps.begin(trace.Start, l.host.risen)
	l.event(func() {
		l.node = factory()
		l.node.Start(l.env)
	})
	l.finishRound()
	var batch []event
	for !l.host.stopped() {
		batch = l.mailbox.take(batch)
		if l.handle(batch); l.fireTimers() || len(batch) > 0 || l.output.ready() {
			l.finishRound()
			clear(batch)
			continue
		}
		l.sleep()
	}
}

// handle runs events in rounds.
func (l *loop) handle(batch []event) {
	for i := range batch {
		if l.host.stopped() {
			return
		}
		l.dispatch(&batch[i])
		if i%round == round-1 {
			l.fireTimers()
			l.finishRound()
		}
	}
}

func (l *loop) dispatch(e *event) {
	l.events++
	l.steps.dispatch(e)
	switch {
	case e.do != nil:
		e.do(l.node)
	case e.run != nil:
		e.run()
	case e.call != "":
		l.tasks.Deliver(e.call, e.m)
	default:
		l.node.Receive(e.from, e.m)
	}
	l.tasks.Run()
}

// event runs f as an event of the node.
func (l *loop) event(f func()) {
	l.events++
	f()
	l.tasks.Run()
}

// fireTimers runs the timers that were due when it was called.
func (l *loop) fireTimers() (fired bool) {
	if _, any := l.timers.next(); !any {
		return false
	}
	now, seq := l.clock(), l.timers.seq
	for !l.host.stopped() {
		t := l.timers.due(now, seq)
		if t == nil {
			break
		}
		l.steps.begin(trace.Timer, t.cause)
		l.event(t.fire)
		fired = true
	}
	return fired
}

// finishRound hands over what the node did, and pauses the loop while too much
// of that waits for the disk.
func (l *loop) finishRound() {
	l.handOver()
	for l.output.full() && !l.host.stopped() {
		l.gauges.pauses.Add(1)
		l.output.await()
		l.handOver()
	}
	l.gauges.events.Store(l.events)
	l.gauges.held.Store(int64(l.output.len()))
	l.gauges.timers.Store(int64(len(l.timers.heap)))
	l.gauges.tasks.Store(int64(l.tasks.Len()))
}

// handOver passes on what may leave by now, the records before the messages: so
// the disk works while the messages are encoded.
func (l *loop) handOver() {
	l.output.release()
	l.output.handOver()
	l.outboxes.flush()
}

// sleep waits for the mailbox or the next timer. The alarm may ring too early,
// after timers were stopped or moved out: setting it anew each time would cost
// more than a look around.
func (l *loop) sleep() {
	l.arm()
	if !l.output.fallAsleep() || !l.mailbox.fallAsleep() {
		return
	}
	rang := false
	l.turn.Unlock()
	select {
	case <-l.mailbox.wake:
	case <-l.alarm.C:
		rang = true
	}
	l.turn.Lock()
	if rang {
		l.armed = 0
		l.mailbox.rouse()
	}
}

// arm sets the alarm for the next timer, unless it rings before that anyway.
func (l *loop) arm() {
	if when, any := l.timers.next(); any && (l.armed == 0 || when < l.armed) {
		l.armed = max(when, 1)
		l.alarm.Reset(time.Duration(l.armed - l.clock()))
	}
}

// end unwinds the tasks, whose deferred functions find an Env without effect.
func (l *loop) end() {
	defer l.recoverPanic()
	l.ended.Store(true)
	if !l.host.stopped() { // a node called runtime.Goexit
		l.host.fail(l.quit())
	}
	l.mailbox.close()
	l.alarm.Stop()
	l.tasks.Stop()
	l.env.disk.close()
}

func (l *loop) quit() error { return fmt.Errorf("%s ended its goroutine", l.self) }

// recoverPanic stops the host: an invariant of the node is broken, and going on
// would spread half a state.
func (l *loop) recoverPanic() {
	if p := recover(); p != nil {
		l.host.panicked(string(l.self), p, debug.Stack())
	}
}

// panicked is fail for a panic in code of a node.
func (h *Host) panicked(where string, p any, stack []byte) {
	if t, ok := p.(*task.Panic); ok {
		p, stack = t.Value, t.Stack
	}
	h.log.Error("node panicked", "where", where, "panic", fmt.Sprint(p), "stack", string(stack))
	if err, ok := p.(error); ok {
		h.fail(fmt.Errorf("%s panicked: %w", where, err))
		return
	}
	h.fail(fmt.Errorf("%s panicked: %v", where, p))
}

func (l *loop) stats() ServiceStats {
	waiting, dropped := l.mailbox.stats()
	return ServiceStats{
		Name: l.service, Events: l.gauges.events.Load(), Dropped: dropped, Mailbox: waiting,
		Held: int(l.gauges.held.Load()), Timers: int(l.gauges.timers.Load()),
		Tasks: int(l.gauges.tasks.Load()), Pauses: l.gauges.pauses.Load(),
	}
}
