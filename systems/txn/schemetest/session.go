package schemetest

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"

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
	// Waits counts how often it had to wait.
	Waits int
	// Once keeps it from beginning anew when it was aborted.
	Once bool
	// Committed, if not nil, is called when its commit has returned.
	Committed func()

	scheme  scheme.Scheme
	program Program
	next    func() (*scheme.Ticket, bool)
	stop    func()
	yield   func(*scheme.Ticket) bool
	waits   *scheme.Ticket
	err     error
}

var errStopped = errors.New("the session is stopped")

// Stage is where programs run beside each other.
type Stage struct {
	*rand.Rand // draws who goes next
	Scheme     scheme.Scheme
	// Steps is how many there may be; 0 means 4000.
	Steps int
	// Beside is how many programs run at a time, the next beginning when one has
	// committed; 0 means all.
	Beside int
	// Order, if not nil, says who goes first, second and so on, as far as they can;
	// then the seed draws.
	Order []int
	// Flush, if not nil, lets one thing happen that somebody may wait for, and
	// tells whether there was any.
	Flush func() bool

	running []*Session // that have not committed
}

// Interleave runs programs beside each other until all have committed; the
// seed draws who goes next. It is an error if nobody can go on, or if that many
// steps do not suffice.
func Interleave(r *rand.Rand, s scheme.Scheme, steps int, programs ...Program) ([]*Session, error) {
	return (&Stage{Rand: r, Scheme: s, Steps: steps}).Play(programs...)
}

// Play is Interleave.
func (g *Stage) Play(programs ...Program) ([]*Session, error) {
	all := make([]*Session, len(programs))
	for i, p := range programs {
		q := &Session{scheme: g.Scheme, program: p}
		q.next, q.stop = iter.Pull(q.run)
		defer q.stop()
		all[i] = q
	}
	g.running = slices.Clone(all)
	for steps := cmp.Or(g.Steps, 4000); len(g.running) > 0; steps-- {
		if g.Flush != nil && g.IntN(4) == 0 {
			g.Flush()
		}
		q := g.choose(all)
		if q == nil && g.Flush != nil && g.Flush() {
			continue
		}
		if q == nil || steps == 0 {
			return all, fmt.Errorf("%d transactions do not come to an end; somebody can go on: %v", len(g.running), q != nil)
		}
		ticket, more := q.next()
		if q.waits = ticket; ticket != nil {
			q.Waits++
		}
		if !more {
			if q.err != nil {
				return all, q.err
			}
			g.running = slices.DeleteFunc(g.running, func(r *Session) bool { return r == q })
		}
	}
	for g.Flush != nil && g.Flush() {
	}
	return all, nil
}

// choose returns who goes next; nil if nobody can.
func (g *Stage) choose(all []*Session) *Session {
	ready := func(q *Session) bool { return q.waits == nil || q.waits.Fired() }
	for len(g.Order) > 0 {
		q := all[g.Order[0]]
		g.Order = g.Order[1:]
		if slices.Contains(g.running, q) && ready(q) {
			return q
		}
	}
	able := slices.DeleteFunc(slices.Clone(g.running[:min(len(g.running), cmp.Or(g.Beside, len(g.running)))]), func(q *Session) bool { return !ready(q) })
	if len(able) == 0 {
		return nil
	}
	return able[g.IntN(len(able))]
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
		if err == nil && s.Committed != nil {
			s.Committed()
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
		if s.Aborts++; s.Once {
			return
		}
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

// Number reads a key that holds a number; 0 if it is not there.
func (s *Session) Number(key string) (int, error) {
	value, err := s.Get(key)
	if err != nil || value == "" {
		return 0, err
	}
	return strconv.Atoi(value)
}

// Delete removes a key.
func (s *Session) Delete(key string) error {
	return s.Do(func() error { return s.Txn.Delete([]byte(key)) })
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
