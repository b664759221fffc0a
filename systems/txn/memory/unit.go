package memory

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// unit implements scheme.Unit.
type unit struct {
	m      *Store
	id     scheme.ID
	done   []change
	images []*image   // of what it changed, each key once in a row
	seq    scheme.Seq // of its commit; 0 before
	commit *scheme.Ticket
	over   bool
}

// change is what a key held before.
type change struct {
	entry *entry
	value []byte
	there bool
}

// Begin implements scheme.Store.
func (m *Store) Begin() scheme.Unit { return &unit{m: m, id: m.NewID()} }

// ID implements scheme.Unit.
func (u *unit) ID() scheme.ID { return u.id }

// ready tells whether the unit may change something, now.
func (u *unit) ready() error {
	if u.over || u.commit != nil {
		return fmt.Errorf("unit %d: %w", u.id, scheme.ErrEnded)
	}
	if u.m.Stall != nil {
		if t := u.m.Stall(); t != nil {
			return t
		}
	}
	return nil
}

// Put implements scheme.Unit.
func (u *unit) Put(key, value []byte) error {
	if err := u.ready(); err != nil {
		return err
	}
	e := u.m.entries[string(key)]
	if e == nil {
		e = u.m.entry(string(key))
	}
	u.change(e, slices.Clone(value), true)
	return nil
}

// Delete implements scheme.Unit.
func (u *unit) Delete(key []byte) error {
	if err := u.ready(); err != nil {
		return err
	}
	if e := u.m.entries[string(key)]; e != nil {
		u.change(e, nil, false)
	}
	return nil
}

func (u *unit) change(e *entry, value []byte, there bool) {
	e.keep(u)
	u.done = append(u.done, change{e, e.value, e.there})
	e.set(value, there)
}

// Savepoint implements scheme.Unit.
func (u *unit) Savepoint() scheme.Savepoint { return scheme.Savepoint(len(u.done)) }

// RollbackTo implements scheme.Unit.
func (u *unit) RollbackTo(p scheme.Savepoint) error {
	for i := len(u.done) - 1; i >= int(p); i-- {
		u.done[i].entry.set(u.done[i].value, u.done[i].there)
	}
	u.done = u.done[:p]
	return nil
}

// Rollback implements scheme.Unit.
func (u *unit) Rollback() error {
	u.over = true
	err := u.RollbackTo(0)
	for _, i := range u.images {
		u.m.drop(i)
	}
	u.images = nil
	return err
}

// Commit implements scheme.Unit.
func (u *unit) Commit() error {
	switch {
	case u.over && u.commit == nil:
		return fmt.Errorf("unit %d: %w", u.id, scheme.ErrEnded)
	case u.commit != nil:
	case len(u.done) == 0:
		u.commit = new(scheme.Ticket)
		u.commit.Fire()
	default:
		u.log()
	}
	if !u.commit.Fired() {
		return u.commit
	}
	return nil
}

// log numbers the commit, and asks when it is durable.
func (u *unit) log() {
	m := u.m
	m.commits++
	u.seq = m.commits
	for _, c := range u.done {
		c.entry.seq = u.seq
	}
	m.images = append(m.images, u.images...)
	u.done, u.images = nil, nil
	u.commit = new(scheme.Ticket)
	m.last = u.commit
	durable := func() {
		m.complete, u.over = u.seq, true
		m.collect()
		u.commit.Fire()
	}
	if m.Durable == nil {
		durable()
		return
	}
	m.Durable(durable)
}
