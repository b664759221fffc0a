package memory

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// unit implements scheme.Unit.
type unit struct {
	m      *Store
	id     scheme.ID
	done   []*image      // what was before each change
	few    [8]*image     // room for them
	images int           // of them, that are kept; when it is over as well
	seq    scheme.Seq    // of its commit; 0 before
	commit scheme.Ticket // fires when that is durable
	waited bool          // somebody has that ticket
	logged bool
	over   bool
}

// Begin implements scheme.Store.
func (m *Store) Begin() scheme.Unit {
	u := m.spent.units.Take()
	u.m, u.id, u.done = m, m.NewID(), u.few[:0]
	return u
}

// ID implements scheme.Unit.
func (u *unit) ID() scheme.ID { return u.id }

// ready tells whether the unit may change something, now.
func (u *unit) ready() error {
	if u.over || u.logged {
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
	u.change(u.m.entry(key), value, true)
	return nil
}

// Delete implements scheme.Unit.
func (u *unit) Delete(key []byte) error {
	if err := u.ready(); err != nil {
		return err
	}
	if e := u.m.entries.find(key); e != nil {
		u.change(e, nil, false)
	}
	return nil
}

func (u *unit) change(e *entry, value []byte, there bool) {
	u.m.keep(e, u)
	e.set(value, there)
}

// Savepoint implements scheme.Unit.
func (u *unit) Savepoint() scheme.Savepoint { return scheme.Savepoint(len(u.done)) }

// RollbackTo implements scheme.Unit.
func (u *unit) RollbackTo(p scheme.Savepoint) error {
	for n := len(u.done) - 1; n >= int(p); n-- {
		i := u.done[n]
		i.entry.set(i.value, i.there)
		u.m.drop(i)
		u.done[n] = nil
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
	case u.over && !u.logged:
		return fmt.Errorf("unit %d: %w", u.id, scheme.ErrEnded)
	case u.logged:
	case len(u.done) == 0:
		u.logged = true
		u.commit.Fire()
	default:
		u.log()
	}
	if t := u.await(); t != nil {
		return t
	}
	return nil
}

// await returns what fires when the commit is durable, nil if it is.
func (u *unit) await() *scheme.Ticket {
	if u.commit.Fired() {
		return nil
	}
	u.waited = true
	return &u.commit
}

// log numbers the commit, and asks when it is durable.
func (u *unit) log() {
	m := u.m
	m.commits++
	u.seq, u.logged = m.commits, true
	for _, i := range u.done {
		if i.entry.seq = u.seq; i.first {
			m.images = append(m.images, i)
		} else {
			m.drop(i)
		}
	}
	u.done = nil
	m.last = u
	if m.Durable == nil {
		u.durable()
		return
	}
	m.Durable(u.durable)
}

// durable ends the unit.
func (u *unit) durable() {
	u.m.complete, u.over = u.seq, true
	u.m.collect()
	u.commit.Fire()
}
