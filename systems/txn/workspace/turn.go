package workspace

import (
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Turn is had by one transaction at a time, in the order in which they asked. The
// zero value is nobody's.
type Turn struct {
	holder any
	queue  []waiter
}

type waiter struct {
	who    any
	ticket *scheme.Ticket
}

// Take asks for the turn. It returns a ticket as long as it is somebody else's.
func (t *Turn) Take(who any) error {
	if t.holder == nil || t.holder == who {
		t.holder = who
		return nil
	}
	for _, w := range t.queue {
		if w.who == who {
			return w.ticket
		}
	}
	ticket := new(scheme.Ticket)
	t.queue = append(t.queue, waiter{who, ticket})
	return ticket
}

// Pass gives the turn to the next. Who does not have it yet is taken out of the queue,
// and waits no longer.
func (t *Turn) Pass(who any) {
	if t.holder != who {
		if i := slices.IndexFunc(t.queue, func(w waiter) bool { return w.who == who }); i >= 0 {
			gone := t.queue[i]
			t.queue = slices.Delete(t.queue, i, i+1)
			gone.ticket.Fire()
		}
		return
	}
	t.holder = nil
	if len(t.queue) > 0 {
		next := t.queue[0]
		t.queue = t.queue[1:]
		t.holder = next.who
		next.ticket.Fire()
	}
}
