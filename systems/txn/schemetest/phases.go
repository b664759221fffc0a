package schemetest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/schedule"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// TwoPhases asks what the two-phase rule is good for.
var TwoPhases = scheduletest.Question{
	System: "locking", Name: "two-phases",
	Text: `What is it good for that no lock is acquired after one was released? Three to five transactions read and
write three items and lock what they access. Where they release what they like when they like, who asks for a lock after
a release is refused and aborted; the precedence graph of the others has no cycle, and the order of their last
acquisitions is an equivalent serial one. But some of them read what is not committed: where locks are kept to
the end, nobody does, and schedules are rigorous. Where every lock is released right after its access, and the
rule is off, some graph has a cycle.`,
	Canon: []string{"locking.two-phase.rule", "locking.per-object.not-enough", "locking.modes.shared-exclusive"},
	Sometimes: []string{
		"refused after a release", "a read of what was not committed", "serializable, not serial", "a cycle without the rule",
	},
	Ask: func(r *scheduletest.Run) error {
		for range 30 {
			if err := twoPhased(r); err != nil {
				return err
			}
			kept := newDesk(r, keep).run()
			if b := kept.Rigorous(); b != nil {
				return fmt.Errorf("locks are kept to the end: %v: %v", kept, b)
			}
			order, _ := newDesk(r, access).run().ConflictSerializable()
			r.Marks.Sometimes("a cycle without the rule", order == nil)
		}
		return nil
	},
}.Register()

// twoPhased checks a schedule of transactions that release early.
func twoPhased(r *scheduletest.Run) error {
	d := newDesk(r, early)
	s := d.run().Surviving()
	if _, cycle := s.ConflictSerializable(); cycle != nil {
		return fmt.Errorf("two-phase locking let through %v, which has a cycle: %v", d.done, cycle)
	}
	order := s.Txns()
	//parley:noties a schedule has one operation at a place
	slices.SortFunc(order, func(a, b schedule.Txn) int { return d.points[a] - d.points[b] })
	if !s.ConflictEquivalent(s.Serial(order)) {
		return fmt.Errorf("%v is not equivalent to the order of lock points, %v", s, order)
	}
	r.Marks.Sometimes("serializable, not serial", !s.IsSerial())
	r.Marks.Sometimes("a read of what was not committed", d.done.Cascadeless() != nil)
	r.Marks.Sometimes("refused after a release", d.refused)
	return nil
}

// discipline says when locks are released.
type discipline uint8

const (
	keep   discipline = iota // at the end
	early                    // by the two-phase rule, when the seed says
	access                   // right after the access
)

// desk lets transactions lock, access and release, in the order of a seed.
type desk struct {
	*scheduletest.Run
	discipline discipline
	table      *lock.Table
	txns       []*stroll
	done       schedule.Schedule
	points     map[schedule.Txn]int // where a transaction acquired its last lock
	refused    bool
}

// stroll is a transaction on its way.
type stroll struct {
	left   schedule.Schedule
	held   []string
	ticket *scheme.Ticket
}

func newDesk(r *scheduletest.Run, d discipline) *desk {
	k := &desk{
		Run: r, discipline: d, points: map[schedule.Txn]int{},
		table: lock.New(lock.Options{Policy: lock.Policies()[r.IntN(3)], Short: d == access}),
	}
	for i, ops := range r.Transactions(3+r.IntN(3), 4, true) {
		k.table.Begin(scheme.ID(i+1), uint64(i))
		k.txns = append(k.txns, &stroll{left: ops})
	}
	return k
}

// run returns what was done once all have ended.
func (d *desk) run() schedule.Schedule {
	for {
		var ready []*stroll
		for _, t := range d.txns {
			if len(t.left) > 0 && (t.ticket == nil || t.ticket.Fired()) {
				ready = append(ready, t)
			}
		}
		if len(ready) == 0 {
			d.Say(d.done)
			return d.done
		}
		d.step(ready[d.IntN(len(ready))])
	}
}

// step does the next operation of a transaction.
func (d *desk) step(t *stroll) {
	op := t.left[0]
	id := scheme.ID(op.Txn)
	if op.Ends() {
		d.end(t, op)
		return
	}
	mode := lock.Shared
	if op.Kind == schedule.Write {
		mode = lock.Exclusive
	}
	granted := d.table.Stats()
	err := d.table.Acquire(id, lock.Key([]byte(op.Item)), mode)
	ticket, waits := scheme.Waiting(err)
	again := t.ticket != nil
	if t.ticket = ticket; waits {
		return
	}
	if err != nil {
		d.refused = d.refused || d.table.Stats().Aborted == granted.Aborted
		d.end(t, schedule.Op{Kind: schedule.Abort, Txn: op.Txn})
		return
	}
	if again || d.table.Stats() != granted {
		d.points[op.Txn] = len(d.done)
	}
	d.done, t.left = append(d.done, op), t.left[1:]
	if !slices.Contains(t.held, op.Item) {
		t.held = append(t.held, op.Item)
	}
	d.release(t, id)
}

func (d *desk) end(t *stroll, op schedule.Op) {
	d.done, t.left = append(d.done, op), nil
	d.table.End(scheme.ID(op.Txn))
}

// release gives up what the discipline says.
func (d *desk) release(t *stroll, id scheme.ID) {
	if d.discipline == keep || d.discipline == early && d.IntN(3) > 0 {
		return
	}
	i := d.IntN(len(t.held))
	d.table.Release(id, lock.Key([]byte(t.held[i])))
	t.held = slices.Delete(t.held, i, i+1)
}
