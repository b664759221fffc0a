package schemetest

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Program is a transaction as its programmer writes it: everything that it asks
// of its Session's Txn goes through Do. It begins anew when it is aborted.
type Program func(*Session) error

// Session runs one program as a coroutine that stops before every operation, and
// while it waits.
type Session struct {
	Txn scheme.Txn
	// Aborts counts how often the scheme decided against it.
	Aborts int

	scheme  scheme.Scheme
	program Program
	next    func() (*scheme.Ticket, bool)
	stop    func()
	yield   func(*scheme.Ticket) bool
	waits   *scheme.Ticket
	err     error
}

var errStopped = errors.New("the session is stopped")

// Interleave runs programs beside each other until all have committed; the
// seed draws who goes next. It is an error if nobody can go on, or if that many
// steps do not suffice.
func Interleave(r *rand.Rand, s scheme.Scheme, steps int, programs ...Program) ([]*Session, error) {
	var all, running []*Session
	for _, p := range programs {
		q := &Session{scheme: s, program: p}
		q.next, q.stop = iter.Pull(q.run)
		defer q.stop()
		all, running = append(all, q), append(running, q)
	}
	for ; len(running) > 0; steps-- {
		var ready []int
		for i, q := range running {
			if q.waits == nil || q.waits.Fired() {
				ready = append(ready, i)
			}
		}
		if len(ready) == 0 || steps == 0 {
			return all, fmt.Errorf("%d transactions do not come to an end: %d can go on", len(running), len(ready))
		}
		i := ready[r.IntN(len(ready))]
		ticket, more := running[i].next()
		running[i].waits = ticket
		if !more {
			if err := running[i].err; err != nil {
				return all, err
			}
			running = append(running[:i:i], running[i+1:]...)
		}
	}
	return all, nil
}

// run is the coroutine.
func (s *Session) run(yield func(*scheme.Ticket) bool) {
	s.yield = yield
	var before scheme.Txn
	for {
		s.Txn = s.scheme.Begin(scheme.Options{Retry: before})
		before = s.Txn
		err := s.program(s)
		if err == nil {
			err = s.Do(s.Txn.Commit)
		}
		if err == nil || errors.Is(err, errStopped) {
			return
		}
		var abort *scheme.Abort
		if s.err = s.Do(s.Txn.Abort); s.err != nil {
			return
		}
		if !errors.As(err, &abort) {
			s.err = err
			return
		}
		s.Aborts++
	}
}

// Do lets others go on, and then calls an operation until it does not wait.
func (s *Session) Do(operation func() error) error {
	if !s.yield(nil) {
		return errStopped
	}
	for {
		err := operation()
		ticket, waits := scheme.Waiting(err)
		if !waits {
			return err
		}
		if !s.yield(ticket) {
			return errStopped
		}
	}
}

// Get reads a key.
func (s *Session) Get(key string) (value string, err error) {
	err = s.Do(func() error {
		v, _, err := s.Txn.Get([]byte(key))
		value = string(v)
		return err
	})
	return value, err
}

// Put writes a key.
func (s *Session) Put(key, value string) error {
	return s.Do(func() error { return s.Txn.Put([]byte(key), []byte(value)) })
}

// Scan calls visit with each entry of a range.
func (s *Session) Scan(r scheme.Range, visit func(key, value string) error) error {
	c := s.Txn.Scan(r)
	for {
		var key, value string
		var found bool
		err := s.Do(func() error {
			k, v, f, err := c.Next()
			key, value, found = string(k), string(v), f
			return err
		})
		if err != nil || !found {
			return err
		}
		if err := visit(key, value); err != nil {
			return err
		}
	}
}
