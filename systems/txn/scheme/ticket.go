package scheme

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/node"
)

// Ticket is what a transaction waits for. As an error it says that the
// operation has to be called again once the ticket has fired. The zero value
// has not fired.
type Ticket struct {
	fired   bool
	waiters []func()
}

// Error implements error.
func (t *Ticket) Error() string { return "the operation has to wait, and is to be called again" }

// Fire lets go whoever waits; later calls do nothing. Waiters run within the
// call, so whoever fires does so last.
func (t *Ticket) Fire() {
	if t.fired {
		return
	}
	t.fired = true
	waiters := t.waiters
	t.waiters = nil
	for _, wake := range waiters {
		wake()
	}
}

// Fired tells whether the ticket has fired.
func (t *Ticket) Fired() bool { return t.fired }

// Then runs wake once the ticket has fired: at once, if it has.
func (t *Ticket) Then(wake func()) {
	if t.fired {
		wake()
		return
	}
	t.waiters = append(t.waiters, wake)
}

// Waiting tells whether an operation has to wait, and for what.
func Waiting(err error) (*Ticket, bool) {
	if err == nil {
		return nil, false
	}
	t, ok := err.(*Ticket)
	return t, ok
}

// Await lets a task wait for the ticket.
func Await(t node.Task, ticket *Ticket) {
	if !ticket.fired {
		t.Await(ticket.Then)
	}
}

// Retry calls an operation from a task until it does not have to wait.
func Retry(t node.Task, operation func() error) error {
	for {
		err := operation()
		wait, ok := Waiting(err)
		if !ok {
			return err
		}
		Await(t, wait)
	}
}

// Errors of transactions. Wrapped errors say which transaction and which key.
var (
	// ErrEnded says that the transaction has committed or aborted already.
	ErrEnded = errors.New("transaction is at an end")
	// ErrReadOnly says that a transaction that was to read only would write.
	ErrReadOnly = errors.New("transaction is read-only")
	// ErrTooOld says that a snapshot was given up, because keeping what it may
	// still read would have taken too much space. Begin anew.
	ErrTooOld = errors.New("snapshot is too old: what it reads is no longer kept")
)

// Abort is the error of a transaction that its scheme decided against. It has
// no effect, and may be tried again from its beginning.
type Abort struct {
	// Reason is the scheme's word for it: "deadlock", "wounded", "validation",
	// "write too late", "first committer wins", "dangerous structure", "timeout".
	Reason string
	// Other is the transaction that it was in conflict with, if that is known.
	Other ID
	// Key is what they met at, if that is known.
	Key []byte
}

func (a *Abort) Error() string {
	s := "transaction aborted: " + a.Reason
	if len(a.Key) > 0 {
		s += fmt.Sprintf(", at key %q", a.Key)
	}
	if a.Other != 0 {
		s += fmt.Sprintf(", against transaction %d", a.Other)
	}
	return s
}
