package occ

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// phase is how far a transaction is.
type phase uint8

const (
	modify   phase = iota
	prepared       // it is valid, and stays so until others decide
	commit         // its copies go to the store
	logged         // the store knows of its commit
	over
)

// Txn is a transaction under optimistic control.
type Txn struct {
	s        *Optimistic
	id       scheme.ID
	readOnly bool
	phase    phase
	began    uint64   // how many commit phases had ended then
	guarded  bool     // what it has read is not to be changed until it is at an end
	keys     []string // that it writes, once it is valid
	room
	unit   scheme.Unit
	wait   *scheme.Ticket // for what it has read to be durable
	doomed bool           // it did not pass validation
}

// Begin implements scheme.Scheme.
func (s *Optimistic) Begin(o scheme.Options) scheme.Txn {
	t := s.spent.txns.Take()
	*t = Txn{s: s, id: s.store.NewID(), readOnly: o.ReadOnly, began: s.number, room: s.spent.rooms.Take()}
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
func (t *Txn) touches(key string) bool { return t.copies.Has(key) || t.reads.Has(key) }

// Get implements scheme.Txn.
func (t *Txn) Get(key []byte) (value []byte, found bool, err error) {
	if err := t.usable(); err != nil {
		return nil, false, err
	}
	if w, mine := t.copies.Get(key); mine {
		return w.Value, w.There, nil
	}
	value, found, err = t.s.store.Get(key)
	if err == nil {
		t.reads.Key(key)
	}
	t.value = append(t.value[:0], value...)
	return t.value, found, err
}

// Scan implements scheme.Txn.
func (t *Txn) Scan(r scheme.Range) scheme.Cursor { return workspace.Scan(r, (*view)(t), &t.copies) }

// view is what others have left in the store.
type view Txn

// Seek implements workspace.View.
func (v *view) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	if err := (*Txn)(v).usable(); err != nil {
		return nil, nil, false, err
	}
	return v.s.store.Seek(r)
}

// Passed implements workspace.View.
func (v *view) Passed(r scheme.Range) { v.reads.Range(r) }

// Put implements scheme.Txn.
func (t *Txn) Put(key, value []byte) error {
	if err := t.mayWrite(key, value); err != nil {
		return err
	}
	t.copies.Put(key, value)
	return t.place()
}

// Delete implements scheme.Txn.
func (t *Txn) Delete(key []byte) error {
	if err := t.mayWrite(key, nil); err != nil {
		return err
	}
	t.copies.Delete(key)
	return t.place()
}

func (t *Txn) mayWrite(key, value []byte) error {
	if err := t.usable(); err != nil {
		return err
	}
	if t.readOnly {
		return fmt.Errorf("transaction %d, key %q: %w", t.id, key, scheme.ErrReadOnly)
	}
	return t.s.store.Check(key, value)
}

// place puts the copies into the store, as soon as it may. After a ticket it goes
// on where it was.
func (t *Txn) place() error {
	//parley:rule occ.phases.modify-validate-commit force=false
	if t.phase == modify || t.phase == prepared {
		return nil
	}
	if t.unit == nil {
		t.unit = t.s.store.Begin()
	}
	return t.copies.Install(t.unit)
}

// Prepare implements scheme.Voter. Those who validate before the decision are sent away
// not only if they touch what this transaction writes, but also if they write what it has
// read: elsewhere it may come after them.
func (t *Txn) Prepare() error {
	if err := t.usable(); err != nil {
		return err
	}
	t.guarded = true
	if err := t.validate(); err != nil {
		return err
	}
	t.phase = prepared
	return nil
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
	if t.phase == prepared {
		t.phase = commit
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
	//parley:rule occ.idea.check-at-commit schedule.isolation.before-or-after force=false
	if abort != nil {
		t.doomed = true
		s.stats.Invalid++
		return abort
	}
	s.stats.Valid++
	t.keys = t.copies.Keys(s.spent.lists.Take())
	if len(t.keys) == 0 && !t.guarded {
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
	t.s.spent.takeBack(&t.room)
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
	if t.phase == prepared || t.phase == commit {
		t.s.finish(t)
	}
	t.phase = over
	t.s.spent.takeBack(&t.room)
	return nil
}
