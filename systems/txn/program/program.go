// Package program is transactions as their programmers write them: a function of a Tx,
// which blocks where a scheme says wait, and which begins anew when it is aborted. What
// generators of workloads make are programs, so that every store can run them.
//
//	ycsb, tpcc, smallbank   make programs
//	Over, Do                run them over a scheme, in a task or a goroutine
//
// Doors to other stores implement Tx themselves.
package program

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/blocks/arena"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Tx is a transaction that blocks. Slices that it returns are the program's to keep, but
// not to change.
type Tx interface {
	// Get returns the value of a key.
	Get(key []byte) (value []byte, found bool, err error)
	// Put sets the value of a key. It keeps neither slice.
	Put(key, value []byte) error
	// Delete removes a key; it is no error if there is none.
	Delete(key []byte) error
	// Scan calls visit with each entry of a range, in its direction, until that
	// returns false.
	Scan(r scheme.Range, visit func(key, value []byte) (more bool)) error
}

// Updater is what a Tx may have besides.
type Updater interface {
	// GetForUpdate is Get by a program that is going to write the key.
	GetForUpdate(key []byte) (value []byte, found bool, err error)
}

// GetForUpdate reads what the program is going to write. Under locks the second of two that
// do so waits, where Get would have one of them aborted; elsewhere it is Get.
func GetForUpdate(tx Tx, key []byte) (value []byte, found bool, err error) {
	if u, ok := tx.(Updater); ok {
		return u.GetForUpdate(key)
	}
	return tx.Get(key)
}

// Program is a transaction.
type Program struct {
	Name string
	// ReadOnly promises that it writes nothing.
	ReadOnly bool
	// Run does the work. It may be called several times, and keeps nothing from an
	// earlier one. ErrGivenUp ends the transaction without effect, as intended.
	Run func(Tx) error
}

// ErrGivenUp is a program's own decision to abort.
var ErrGivenUp = errors.New("program gave its transaction up")

// Wait returns when a ticket has fired.
type Wait func(*scheme.Ticket) error

// again waits if an operation says so, and tells whether it is to be called again. If
// not, it has ended with the error.
func (w Wait) again(err error) (again bool, _ error) {
	ticket, waits := scheme.Waiting(err)
	if !waits {
		return false, err
	}
	err = w(ticket)
	return err == nil, err
}

// retry calls an operation until it does not have to wait.
func (w Wait) retry(operation func() error) error {
	for {
		if again, err := w.again(operation()); !again {
			return err
		}
	}
}

// Over returns a Tx over a scheme's transaction.
func Over(tx scheme.Txn, wait Wait) Tx { return &over{tx: tx, wait: wait} }

type over struct {
	tx    scheme.Txn
	wait  Wait
	space arena.Arena // what was returned lies here
}

func (o *over) Get(key []byte) (value []byte, found bool, err error) {
	for {
		v, found, err := o.tx.Get(key)
		if again, err := o.wait.again(err); !again {
			return o.space.Copy(v), found, err
		}
	}
}

// GetForUpdate implements Updater.
func (o *over) GetForUpdate(key []byte) (value []byte, found bool, err error) {
	u, ok := o.tx.(Updater)
	if !ok {
		return o.Get(key)
	}
	for {
		v, found, err := u.GetForUpdate(key)
		if again, err := o.wait.again(err); !again {
			return o.space.Copy(v), found, err
		}
	}
}

func (o *over) Put(key, value []byte) error {
	for {
		if again, err := o.wait.again(o.tx.Put(key, value)); !again {
			return err
		}
	}
}

func (o *over) Delete(key []byte) error {
	for {
		if again, err := o.wait.again(o.tx.Delete(key)); !again {
			return err
		}
	}
}

func (o *over) Scan(r scheme.Range, visit func(key, value []byte) (more bool)) error {
	c := o.tx.Scan(r)
	for {
		var key, value []byte
		var found bool
		err := o.wait.retry(func() error {
			k, v, more, err := c.Next()
			key, value, found = o.space.Copy(k), o.space.Copy(v), more
			return err
		})
		if err != nil || !found || !visit(key, value) {
			return err
		}
	}
}

// Outcome is what became of a program.
type Outcome struct {
	// Committed is false if it gave up.
	Committed bool
	// Aborts counts how often the scheme decided against it.
	Aborts int
}

// Do runs a program under a scheme until it has committed, or given up.
func Do(s scheme.Scheme, p Program, wait Wait) (Outcome, error) {
	return Persist(s, p, wait, func(int) {})
}

// Persist is Do, and calls pause after each abort, with the number of those so far: who
// comes back at once may meet the same transaction again.
func Persist(s scheme.Scheme, p Program, wait Wait, pause func(aborts int)) (o Outcome, err error) {
	var before scheme.Txn
	for {
		tx := s.Begin(scheme.Options{ReadOnly: p.ReadOnly, Retry: before})
		before = tx
		err := p.Run(Over(tx, wait))
		if err == nil {
			err = wait.retry(tx.Commit)
		}
		if err == nil {
			o.Committed = true
			return o, nil
		}
		if undo := wait.retry(tx.Abort); undo != nil {
			return o, fmt.Errorf("%s: %w; its abort: %w", p.Name, err, undo)
		}
		var abort *scheme.Abort
		switch {
		case errors.As(err, &abort):
			o.Aborts++
			pause(o.Aborts)
		case errors.Is(err, ErrGivenUp):
			return o, nil
		default:
			return o, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
}
