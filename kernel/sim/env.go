package sim

import (
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/task"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

var _ node.Env = (*incarnation)(nil)

// Self returns the node's own address.
func (i *incarnation) Self() node.Addr { return i.service.addr }

// Now returns what the host believes the time to be.
func (i *incarnation) Now() time.Time { return i.host.clock.Now() }

// Elapsed returns the oscillator's time since Start.
func (i *incarnation) Elapsed() time.Duration {
	return time.Duration(i.host.clock.elapsed() - i.born)
}

// Rand returns the node's own source.
func (i *incarnation) Rand() *rand.Rand {
	if i.rand == nil {
		i.rand = i.random()
	}
	return i.rand
}

// Go starts a task.
func (i *incarnation) Go(body func(node.Task)) {
	if i.over {
		return
	}
	if i.tasks == nil {
		i.tasks = task.NewSet(i, i.sendAs)
	}
	i.tasks.Go(body)
}

// Log returns a stream of the host's write-ahead log.
func (i *incarnation) Log(stream string) node.Log {
	return i.host.openStream(i, stream)
}

// Disk returns the node's own files.
func (i *incarnation) Disk() node.FS {
	if i.files == nil {
		i.files = i.host.disk.files(i)
	}
	return i.files
}

// Job runs work at once, and done when a drawn time has passed.
func (i *incarnation) Job(work func() any, done func(result any)) {
	if i.over {
		return
	}
	result := work()
	h := i.host
	i.later(h.w.config.Job.draw(h.disk.next(forJob)), func() { done(result) })
}

// Note writes a line into the trace.
func (i *incarnation) Note(msg string, attrs ...slog.Attr) {
	if i.over {
		return
	}
	h := i.host
	h.w.trace.note(i.service.addr, msg, attrs)
	h.happens(Notes, msg)
}

// Halt stops the host for good.
func (i *incarnation) Halt(err error) {
	if !i.over {
		i.host.halt(i.service.addr, err)
	}
}

// Timer returns a stopped timer.
func (i *incarnation) Timer(fire func()) node.Timer {
	t := &timer{inc: i, fire: fire}
	t.do = t
	return t
}

// timer is a function with a place in the queue of its own.
type timer struct {
	event
	inc   *incarnation
	fire  func()
	ticks int64 // of the oscillator, when it is due
	cause trace.ID
}

// Reset arms the timer by the host's oscillator.
func (t *timer) Reset(d time.Duration) {
	t.Stop()
	if t.inc.over {
		return
	}
	h := t.inc.host
	t.ticks = h.clock.elapsed() + min(max(int64(d), 0), farFuture>>2)
	t.cause = h.w.trace.now
	h.w.queue.push(&t.event, h.clock.due(t.ticks))
}

// Stop disarms the timer.
func (t *timer) Stop() {
	if t.queued {
		t.inc.host.w.queue.remove(&t.event)
	}
}

func (t *timer) act(w *World) {
	if t.inc.over || t.inc.host.defers(&t.event) {
		return
	}
	w.begin(t.inc, fired, 0, 0)
	w.trace.step(trace.Event{Kind: trace.Timer, Place: t.inc.service.addr, Cause: t.cause})
	t.fire()
	w.finish(t.inc)
}

// rearm moves a host's armed timers to where its oscillator, whose rate has
// changed, will find them due.
func (w *World) rearm(h *Host) {
	var armed []*timer
	w.queue.each(func(e *event) {
		if t, ok := e.do.(*timer); ok && t.inc.host == h && !t.inc.over {
			armed = append(armed, t)
		}
	})
	for _, t := range armed {
		w.queue.remove(&t.event)
		w.queue.push(&t.event, h.clock.due(t.ticks))
	}
}

// later runs f as an event of the node when d has passed.
func (i *incarnation) later(d time.Duration, f func()) {
	c := &completion{inc: i, f: f, cause: i.host.w.trace.now}
	c.do = c
	i.host.w.queue.push(&c.event, i.host.w.queue.now+int64(d))
}

// completion is the end of a job or file operation.
type completion struct {
	event
	inc   *incarnation
	f     func()
	cause trace.ID
}

func (c *completion) act(w *World) {
	if c.inc.over || c.inc.host.defers(&c.event) {
		return
	}
	w.begin(c.inc, completed, 0, 0)
	w.trace.step(trace.Event{Kind: trace.Complete, Place: c.inc.service.addr, Cause: c.cause})
	c.f()
	w.finish(c.inc)
}
