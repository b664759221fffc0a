package engine

import (
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// unit is a unit of work: a transaction as the log knows it.
type unit struct {
	d       *Database
	txn     aries.Txn
	seq     scheme.Seq    // of its commit; 0 before
	written []*version    // what it changed first, key by key
	called  bool          // Commit was
	done    scheme.Ticket // fires when it has committed
	late    []place       // of versions that it made, on the disk
	lost    bool          // some were given up
}

// NewID implements scheme.Store.
func (d *Database) NewID() scheme.ID { return scheme.ID(d.log.NewID()) }

// Begin implements scheme.Store.
func (d *Database) Begin() scheme.Unit {
	return &unit{d: d, txn: aries.Txn{ID: d.log.NewID()}}
}

// ID implements scheme.Unit.
func (u *unit) ID() scheme.ID { return scheme.ID(u.txn.ID) }

// ready tells whether the unit may change something.
func (u *unit) ready() error {
	switch {
	case u.d.err != nil:
		return u.d.err
	case u.txn.State != aries.Running:
		return fmt.Errorf("unit %d: %w", u.txn.ID, scheme.ErrEnded)
	}
	return u.d.backlogged()
}

// Put implements scheme.Unit.
func (u *unit) Put(key, value []byte) error {
	if err := u.d.Check(key, value); err != nil {
		return err
	}
	if err := u.ready(); err != nil {
		return err
	}
	err := u.d.tree.Put(&u.txn, key, value, u.keep(key))
	u.d.pump()
	return err
}

// Delete implements scheme.Unit.
func (u *unit) Delete(key []byte) error {
	if err := u.d.Check(key, nil); err != nil {
		return err
	}
	if err := u.ready(); err != nil {
		return err
	}
	found, err := u.d.tree.Delete(&u.txn, key, u.keep(key))
	if found {
		u.d.versions.absent(key)
	}
	u.d.pump()
	return err
}

// keep returns the function that keeps what a key was before the unit first
// changes it.
func (u *unit) keep(key []byte) func(value []byte, found bool) {
	if u.d.versions.has(key, u) {
		return nil
	}
	return func(value []byte, found bool) { u.d.versions.add(key, value, found, u) }
}

// Savepoint implements scheme.Unit.
func (u *unit) Savepoint() scheme.Savepoint { return scheme.Savepoint(u.txn.Last) }

// RollbackTo implements scheme.Unit.
func (u *unit) RollbackTo(s scheme.Savepoint) error {
	if err := u.ready(); err != nil {
		return err
	}
	if s == 0 {
		s = 1 // its first record has a greater number: all is undone, and the unit goes on
	}
	err := u.d.log.Rollback(&u.txn, node.LSN(s))
	u.d.pump()
	return err
}

// Commit implements scheme.Unit.
func (u *unit) Commit() error {
	if u.d.err != nil {
		return u.d.err
	}
	switch {
	case u.txn.State == aries.Aborting, u.txn.State == aries.Ended && !u.called:
		return fmt.Errorf("unit %d: %w", u.txn.ID, scheme.ErrEnded)
	case !u.called:
		u.append()
	}
	err := u.d.log.Finish(&u.txn)
	u.d.pump()
	if err == nil && !u.done.Fired() {
		return &u.done
	}
	return err
}

// Committed tells whether Commit would return nil. Whoever knows that the ticket of
// Commit has fired may ask without being the owner: nothing changes any more.
func (u *unit) Committed() bool {
	return u.called && u.done.Fired() && u.txn.State == aries.Ended
}

// append appends the commit record.
func (u *unit) append() {
	d := u.d
	u.called = true
	if u.txn.First == 0 {
		d.versions.forget(u)
		d.log.Commit(&u.txn, u.done.Fire)
		return
	}
	d.commits++
	u.seq = d.commits
	d.versions.committed(u)
	d.log.Commit(&u.txn, func() {
		d.durable = u.seq
		d.versions.ended(u)
		d.collect()
		u.done.Fire()
	})
}

// Rollback implements scheme.Unit.
func (u *unit) Rollback() error {
	if u.d.err != nil {
		return u.d.err
	}
	if u.called || u.txn.State == aries.Ended {
		return fmt.Errorf("unit %d: %w", u.txn.ID, scheme.ErrEnded)
	}
	err := u.d.log.Rollback(&u.txn, 0)
	if err == nil {
		u.d.versions.forget(u)
		u.d.versions.ended(u)
		u.d.collect()
	}
	u.d.pump()
	return err
}
