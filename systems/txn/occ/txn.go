package occ

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// phase is how far a transaction is.
type phase uint8

const (
	modify phase = iota
	commit       // its copies go to the store
	logged       // the store knows of its commit
	over
)

// Txn is a transaction under optimistic control.
type Txn struct {
	s        *Optimistic
	id       scheme.ID
	readOnly bool
	phase    phase
	began    uint64 // how many commit phases had ended then
	reads    reads
	copies   copies
	placed   int // how many copies are in the store
	unit     scheme.Unit
	wait     *scheme.Ticket // for what it has read to be durable
	doomed   bool           // it did not pass validation
}

// Begin implements scheme.Scheme.
func (s *Optimistic) Begin(o scheme.Options) scheme.Txn {
	t := &Txn{
		s: s, id: s.store.NewID(), readOnly: o.ReadOnly, began: s.number,
		reads: reads{keys: map[string]bool{}}, copies: copies{values: map[string]written{}},
	}
	s.running = append(s.running, t)
	return t
}

// usable returns an error unless the transaction modifies.
func (t *Txn) usable() error {
	if t.phase != modify || t.doomed {
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	}
	return nil
}

// touches tells whether the transaction reads or writes a key.
func (t *Txn) touches(key string) bool {
	_, writes := t.copies.values[key]
	return writes || t.reads.has(key)
}

// Get implements scheme.Txn.
func (t *Txn) Get(key []byte) (value []byte, found bool, err error) {
	if err := t.usable(); err != nil {
		return nil, false, err
	}
	if w, mine := t.copies.values[string(key)]; mine {
		return w.value, w.there, nil
	}
	value, found, err = t.s.store.Get(key)
	if err == nil {
		t.reads.keys[string(key)] = true
	}
	return slices.Clone(value), found, err
}

// Put implements scheme.Txn.
func (t *Txn) Put(key, value []byte) error {
	return t.change(key, value, written{slices.Clone(value), true})
}

// Delete implements scheme.Txn.
func (t *Txn) Delete(key []byte) error { return t.change(key, nil, written{}) }

func (t *Txn) change(key, value []byte, w written) error {
	if err := t.usable(); err != nil {
		return err
	}
	if t.readOnly {
		return fmt.Errorf("transaction %d, key %q: %w", t.id, key, scheme.ErrReadOnly)
	}
	if err := t.s.store.Check(key, value); err != nil {
		return err
	}
	t.copies.set(string(key), w)
	return t.place()
}

// place puts the copies into the store, as soon as it may. After a ticket it goes
// on where it was.
func (t *Txn) place() error {
	//parley:rule occ.phases.modify-validate-commit force=false
	if t.phase == modify {
		return nil
	}
	if t.unit == nil {
		t.unit = t.s.store.Begin()
	}
	for ; t.placed < len(t.copies.keys); t.placed++ {
		key := t.copies.keys[t.placed]
		w := t.copies.values[key]
		if err := t.placeOne([]byte(key), w); err != nil {
			return err
		}
	}
	return nil
}

func (t *Txn) placeOne(key []byte, w written) error {
	if w.there {
		return t.unit.Put(key, w.value)
	}
	return t.unit.Delete(key)
}

// Commit implements scheme.Txn.
func (t *Txn) Commit() error {
	if t.phase == over || t.doomed {
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	}
	if t.phase == modify {
		if err := t.validate(); err != nil {
			return err
		}
	}
	if t.phase == commit {
		if err := t.log(); err != nil {
			return err
		}
	}
	return t.durable()
}

// validate is the second phase.
func (t *Txn) validate() error {
	s := t.s
	if s.options.Serial && len(s.committing) > 0 {
		if s.turn == nil {
			s.turn = new(scheme.Ticket)
		}
		s.stats.WaitedTurn++
		return s.turn
	}
	abort := s.validate(t)
	//parley:rule occ.idea.check-at-commit force=false
	if abort != nil {
		t.doomed = true
		s.stats.Invalid++
		return abort
	}
	s.stats.Valid++
	if len(t.copies.keys) == 0 {
		t.phase, t.wait = logged, s.store.Force()
	} else {
		t.phase = commit
		s.committing = append(s.committing, t)
	}
	s.leave(t)
	return nil
}

// log ends the third phase by telling the store of the commit. That may have to
// wait to be durable, but others may go on (V1).
func (t *Txn) log() error {
	if err := t.place(); err != nil {
		return err
	}
	err := t.unit.Commit()
	if _, waits := scheme.Waiting(err); err != nil && !waits {
		return err
	}
	t.phase = logged
	t.s.finish(t)
	return err
}

// durable waits until the commit is, or what was read.
func (t *Txn) durable() error {
	if t.unit != nil {
		if err := t.unit.Commit(); err != nil {
			return err
		}
	}
	if t.wait != nil && !t.wait.Fired() {
		return t.wait
	}
	t.phase = over
	return nil
}

// Abort implements scheme.Txn. Others may have seen some of what a commit phase
// that fails has placed: to them it is as if it had committed, so they fail too.
func (t *Txn) Abort() error {
	if t.phase == over {
		return nil
	}
	if t.unit != nil {
		if err := t.unit.Rollback(); err != nil {
			return err
		}
	}
	if t.phase == modify {
		t.s.leave(t)
	}
	if t.phase == commit {
		t.s.finish(t)
	}
	t.phase = over
	return nil
}
