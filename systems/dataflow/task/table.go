package task

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Why a Commit does not count.
var (
	// ErrFenced says that the attempt was given up before: it failed, was revoked,
	// its lease ran out, or an earlier owner granted it.
	ErrFenced = errors.New("attempt is fenced")
	// ErrLost says that another attempt of the task was first.
	ErrLost = errors.New("another attempt was first")
)

// Table is the state of the tasks of one phase.
type Table struct {
	epoch     uint64
	issue     *uint64 // tokens granted, by all tables of the owner
	term      time.Duration
	terms     map[node.Addr]time.Duration // of workers whose leases have another
	tasks     []entry
	attempts  []*Attempt // running, in the order of their tokens
	first     int        // no task before it is idle
	done      int
	durations []time.Duration // of the attempts that won, ascending
	watch     func(task int, from, to State)
}

// entry is a task.
type entry struct {
	state    State
	attempts int // running
	failures int
	winner   Token
	counters Counters
}

// Owner is one incarnation of who grants attempts.
type Owner struct {
	epoch  uint64
	issued uint64
}

// NewOwner begins an incarnation; its epoch must be above those of all earlier ones,
// and be known durably before an attempt is granted.
func NewOwner(epoch uint64) *Owner { return &Owner{epoch: epoch} }

// Table makes a table of n idle tasks, with leases of a term.
func (o *Owner) Table(n int, term time.Duration) *Table {
	return &Table{epoch: o.epoch, issue: &o.issued, term: term, tasks: make([]entry, n)}
}

// Watch has f told of every change of a task's state.
func (t *Table) Watch(f func(task int, from, to State)) { t.watch = f }

// Len returns the number of tasks.
func (t *Table) Len() int { return len(t.tasks) }

// Done returns how many are done.
func (t *Table) Done() int { return t.done }

// All tells whether all are.
func (t *Table) All() bool { return t.done == len(t.tasks) }

// State returns that of a task.
func (t *Table) State(task int) State { return t.tasks[task].state }

// Failures returns how many attempts of a task ended by Fail.
func (t *Table) Failures(task int) int { return t.tasks[task].failures }

// Winner returns the token of the attempt that made the task done; it is zero for
// a task that is not, or was adopted.
func (t *Table) Winner(task int) Token { return t.tasks[task].winner }

// Attempts returns those that run, in the order of their tokens. The caller
// changes nothing.
func (t *Table) Attempts() []*Attempt { return t.attempts }

// Find returns the running attempt of a token, or nil.
func (t *Table) Find(token Token) *Attempt {
	i, found := slices.BinarySearchFunc(t.attempts, token, func(a *Attempt, token Token) int {
		switch {
		case a.Token.Less(token):
			return -1
		case token.Less(a.Token):
			return 1
		}
		return 0
	})
	if !found {
		return nil
	}
	return t.attempts[i]
}

// Idle returns the first idle task, or -1.
func (t *Table) Idle() int {
	for ; t.first < len(t.tasks); t.first++ {
		if t.tasks[t.first].state == Idle {
			return t.first
		}
	}
	return -1
}

// Grant begins an attempt of a task that is not done.
func (t *Table) Grant(task int, worker node.Addr, now time.Duration) *Attempt {
	e := &t.tasks[task]
	if e.state == Done {
		panic(fmt.Sprintf("task: an attempt of task %d, which is done", task))
	}
	*t.issue++
	a := &Attempt{
		Task: task, Token: Token{t.epoch, *t.issue}, Worker: worker, Backup: e.attempts > 0,
		Began: now, Until: now + t.termOf(worker),
	}
	t.attempts = append(t.attempts, a)
	e.attempts++
	t.move(task, Running)
	return a
}

// Renew takes a sign of life of an attempt: its lease begins anew. It returns
// false if the attempt is fenced or over.
func (t *Table) Renew(token Token, progress int, now time.Duration) bool {
	a := t.Find(token)
	if a == nil {
		return false
	}
	a.Until = now + t.termOf(a.Worker)
	a.Progress = min(max(a.Progress, progress), 1000)
	return true
}

// Prolong gives the leases of a worker another term from their next renewal on: its owner has
// learnt that signs of life take longer to come from there than it was told.
func (t *Table) Prolong(worker node.Addr, term time.Duration) {
	if t.terms == nil {
		t.terms = map[node.Addr]time.Duration{}
	}
	t.terms[worker] = term
}

func (t *Table) termOf(worker node.Addr) time.Duration {
	if term, own := t.terms[worker]; own {
		return term
	}
	return t.term
}

// Awaited says that the running attempts could not come to their end before now, since
// what they need has only come now: their time counts from here on.
func (t *Table) Awaited(now time.Duration) {
	for _, a := range t.attempts {
		a.Began = now
	}
}

// Commit makes an attempt's task done, if it is the first (T1), and returns the
// other attempts of the task, which are over: tell their workers. A second Commit
// of the winner gives ErrLost, too; compare Winner to tell.
func (t *Table) Commit(token Token, task int, counters Counters, now time.Duration) (losers []*Attempt, err error) {
	if task < 0 || task >= len(t.tasks) {
		return nil, fmt.Errorf("there is no task %d: %w", task, ErrFenced)
	}
	e := &t.tasks[task]
	if e.state == Done {
		return nil, ErrLost
	}
	a := t.Find(token)
	if a == nil || a.Task != task {
		return nil, ErrFenced
	}
	e.winner, e.counters = token, counters
	at, _ := slices.BinarySearch(t.durations, now-a.Began)
	t.durations = slices.Insert(t.durations, at, now-a.Began)
	losers = t.remove(func(b *Attempt) bool { return b.Task == task && b != a })
	t.remove(func(b *Attempt) bool { return b == a })
	t.move(task, Done)
	return losers, nil
}

// Fail ends an attempt that came to nothing. It returns it, or nil if it is fenced
// or over.
func (t *Table) Fail(token Token) *Attempt {
	a := t.Find(token)
	if a != nil {
		t.tasks[a.Task].failures++
		t.giveUp(func(b *Attempt) bool { return b == a })
	}
	return a
}

// Revoke gives up all attempts of a worker, and returns them.
func (t *Table) Revoke(worker node.Addr) []*Attempt {
	return t.giveUp(func(a *Attempt) bool { return a.Worker == worker })
}

// Expire gives up all attempts whose lease has run out, and returns them.
func (t *Table) Expire(now time.Duration) []*Attempt {
	return t.giveUp(func(a *Attempt) bool { return a.Until <= now })
}

// Reopen makes a done task idle: its result was lost. What it counted counts until
// another attempt wins (T5).
func (t *Table) Reopen(task int) {
	if e := &t.tasks[task]; e.state == Done {
		e.winner = Token{}
		t.move(task, Idle)
	}
}

// Adopt makes an idle task done by what an attempt of an earlier epoch did; the
// token is zero if that is not known.
func (t *Table) Adopt(task int, winner Token, counters Counters) {
	if e := &t.tasks[task]; e.state == Idle {
		e.winner, e.counters = winner, counters
		t.move(task, Done)
	}
}

// Counters adds up those of all tasks.
func (t *Table) Counters() Counters {
	sum := Counters{}
	for i := range t.tasks {
		sum.Add(t.tasks[i].counters)
	}
	return sum
}

// CountersOf returns what a task counted. The caller changes nothing.
func (t *Table) CountersOf(task int) Counters { return t.tasks[task].counters }

// giveUp fences attempts; tasks without one are idle again (T3).
func (t *Table) giveUp(which func(*Attempt) bool) []*Attempt {
	gone := t.remove(which)
	for _, a := range gone {
		if e := &t.tasks[a.Task]; e.attempts == 0 && e.state == Running {
			t.move(a.Task, Idle)
		}
	}
	return gone
}

func (t *Table) remove(which func(*Attempt) bool) (gone []*Attempt) {
	kept := t.attempts[:0]
	for _, a := range t.attempts {
		if which(a) {
			gone = append(gone, a)
			t.tasks[a.Task].attempts--
			continue
		}
		kept = append(kept, a)
	}
	clear(t.attempts[len(kept):])
	t.attempts = kept
	return gone
}

func (t *Table) move(task int, to State) {
	e := &t.tasks[task]
	from := e.state
	if from == to {
		return
	}
	e.state = to
	switch {
	case to == Done:
		t.done++
	case from == Done:
		t.done--
	}
	if to == Idle {
		t.first = min(t.first, task)
	}
	if t.watch != nil {
		t.watch(task, from, to)
	}
}
