package sim

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// This file takes the order of deliveries out of the hands of drawn delays.
// With Config.Hold, what a link would carry waits until somebody says that it
// arrives: Deliver, by hand, or a Chooser, one message at a time at a pace.
// Loss, cuts and duplication happen as ever; so do timers and disks. Heal
// delivers all that waits and goes back to drawn delays.

// Held is a message that waits for its arrival to be decided.
type Held struct {
	From, To node.Addr
	What     string // the message's type, "raft.RequestVote"
	Message  node.Message
}

// String names the message as in "raft.RequestVote a/raft -> b/raft".
func (h Held) String() string {
	return h.What + " " + string(h.From.Node()) + " -> " + string(h.To.Node())
}

// Chooser decides which held message arrives next. waiting is never empty, the
// oldest first, and valid during the call only. What it chooses must depend on
// its calls alone (I3).
type Chooser interface{ Choose(waiting []Held) int }

// chooser asks a Chooser at a pace while messages wait.
type chooser struct {
	event
	by      Chooser
	pace    Dist
	drawn   uint64
	waiting []Held
}

// defaultPace is about what a local network takes for a message.
var defaultPace = Uniform(100*time.Microsecond, 300*time.Microsecond)

// hold keeps a message until its arrival is decided.
func (w *World) hold(d *delivery) {
	if w.held = append(w.held, d); len(w.held) > w.config.Backlog {
		oldest := w.held[0]
		w.held = append(w.held[:0], w.held[1:]...)
		w.drop(oldest, "too many wait")
	}
	if c := w.chooser; c != nil && !c.queued {
		w.queue.push(&c.event, w.queue.now+int64(c.next(w)))
	}
}

func (c *chooser) next(w *World) time.Duration {
	c.drawn++
	return c.pace.draw(draw(keyOf(w.config.Seed, forPace), c.drawn))
}

// act lets one message arrive.
func (c *chooser) act(w *World) {
	if len(w.held) == 0 {
		return
	}
	c.waiting = c.waiting[:0]
	for _, d := range w.held {
		c.waiting = append(c.waiting, d.seen())
	}
	w.Deliver(c.by.Choose(c.waiting))
	if len(w.held) > 0 {
		w.queue.push(&c.event, w.queue.now+int64(c.next(w)))
	}
}

func (d *delivery) seen() Held {
	return Held{From: d.from, To: d.to, What: typeName(d.message), Message: d.message}
}

// Held returns the messages that wait for their arrival to be decided, the
// oldest first.
func (w *World) Held() []Held {
	waiting := make([]Held, len(w.held))
	for i, d := range w.held {
		waiting[i] = d.seen()
	}
	return waiting
}

// Deliver lets the i-th held message arrive now: by an event of the present
// instant.
func (w *World) Deliver(i int) { w.queue.push(&w.unhold(i).event, w.queue.now) }

// Lose loses the i-th held message.
func (w *World) Lose(i int) { w.drop(w.unhold(i), "loss") }

func (w *World) unhold(i int) *delivery {
	d := w.held[i]
	w.held = append(w.held[:i], w.held[i+1:]...)
	return d
}

// flow delivers what is held, and holds nothing any more.
func (w *World) flow() {
	w.config.Hold = false
	if w.chooser != nil && w.chooser.queued {
		w.queue.remove(&w.chooser.event)
	}
	w.chooser = nil
	for len(w.held) > 0 {
		w.Deliver(0)
	}
}
