package live

import (
	"fmt"

	"github.com/parleysystems/parley/node"
)

// DoHere is Do that spares two goroutines the way to each other: if the loop
// sleeps, f runs at once, on the caller's goroutine and in the loop's place. So
// who is alone with a node is served without a wake-up, and a busy loop takes
// what comes by the batch as ever.
func (h *Host) DoHere(service string, f func(node.Node)) error {
	l, ok := h.served()[service]
	if !ok {
		return fmt.Errorf("live: service %q: %w", service, ErrNoService)
	}
	if l.visit(f) {
		return nil
	}
	return l.mailbox.post(f, true)
}

// visit runs f and all that comes of it in the place of the loop's goroutine, and
// tells whether it did: not if that is awake, or is to wake up for something that
// came before f. What comes meanwhile wakes it, and it waits for its turn.
func (l *loop) visit(f func(node.Node)) (ran bool) {
	if !l.turn.TryLock() {
		return false
	}
	defer l.turn.Unlock()
	if !l.mailbox.deserted() {
		return false
	}
	returned := false
	defer func() {
		if !returned && !l.host.stopped() { // the node called runtime.Goexit
			l.host.fail(l.quit())
		}
	}()
	defer l.recoverPanic()
	ran = true
	e := event{do: f}
	l.dispatch(&e)
	l.finishRound()
	if l.arm(); !l.output.fallAsleep() {
		l.mailbox.nudge() // there is more to do, and the goroutine does it
	}
	returned = true
	return ran
}
