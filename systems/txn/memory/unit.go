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
	commit *scheme.Ticket
	over   bool
}

// change is what a key held before, and holds after.
type change struct {
	key           string
	before, after []byte
	was, is       bool
}

// Begin implements scheme.Store.
func (m *Store) Begin() scheme.Unit { return &unit{m: m, id: m.NewID()} }

// ID implements scheme.Unit.
func (u *unit) ID() scheme.ID { return u.id }

// Put implements scheme.Unit.
func (u *unit) Put(key, value []byte) error { return u.change(string(key), slices.Clone(value), true) }

// Delete implements scheme.Unit.
func (u *unit) Delete(key []byte) error { return u.change(string(key), nil, false) }

func (u *unit) change(key string, value []byte, there bool) error {
	if u.over || u.commit != nil {
		return fmt.Errorf("unit %d: %w", u.id, scheme.ErrEnded)
	}
	if u.m.Stall != nil {
		if t := u.m.Stall(); t != nil {
			return t
		}
	}
	old, was := u.m.current.Get(key)
	u.done = append(u.done, change{key, old, value, was, there})
	set(&u.m.current, key, value, there)
	return nil
}

// Savepoint implements scheme.Unit.
func (u *unit) Savepoint() scheme.Savepoint { return scheme.Savepoint(len(u.done)) }

// RollbackTo implements scheme.Unit.
func (u *unit) RollbackTo(p scheme.Savepoint) error {
	for i := len(u.done) - 1; i >= int(p); i-- {
		c := u.done[i]
		set(&u.m.current, c.key, c.before, c.was)
	}
	u.done = u.done[:p]
	return nil
}

// Rollback implements scheme.Unit.
func (u *unit) Rollback() error {
	u.over = true
	return u.RollbackTo(0)
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
	seq, ticket := m.commits, new(scheme.Ticket)
	for _, c := range u.done {
		m.changed[c.key] = seq
	}
	u.commit, m.last = ticket, ticket
	durable := func() {
		for _, c := range u.done {
			set(&m.durable, c.key, c.after, c.is)
		}
		m.complete = seq
		u.over = true
		ticket.Fire()
	}
	if m.Durable == nil {
		durable()
		return
	}
	m.Durable(durable)
}
