package engine

import (
	"fmt"

	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Tx is a transaction. One goroutine uses it at a time. What it returns is the
// caller's own.
type Tx struct {
	db    *DB
	view  view       // of a View
	txn   scheme.Txn // of one that may write
	turn  bool       // it holds db.turn
	ended bool
	err   error // of the last walk
}

// View runs fn on the newest durable state. What fn returns comes through.
func (db *DB) View(fn func(*Tx) error) error {
	tx := Tx{db: db}
	tx.view.db = db
	defer tx.close()
	return fn(&tx)
}

// close ends a transaction that only reads.
func (tx *Tx) close() {
	tx.view.end()
	tx.ended = true
}

// Update runs fn in a transaction and commits it; when it returns nil, the changes
// survive the loss of power. If fn returns an error or panics, or the scheme decides
// against the transaction (*scheme.Abort), there is no trace of it.
func (db *DB) Update(fn func(*Tx) error) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	defer func() {
		if !tx.ended { // fn has panicked
			_ = tx.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		if abort := tx.Rollback(); abort != nil {
			return fmt.Errorf("%w; and its rollback: %w", err, abort)
		}
		return err
	}
	return tx.Commit()
}

// Batch is Update: commits that many goroutines ask for at a time share a sync
// anyway. It is here for those who come from bbolt.
func (db *DB) Batch(fn func(*Tx) error) error { return db.Update(fn) }

// Begin starts a transaction, to be ended by Commit or Rollback. Under the serial
// scheme it waits until no other may write; a second writer on the same goroutine
// would wait for ever.
func (db *DB) Begin(writable bool) (*Tx, error) {
	if db.closing.Load() {
		return nil, ErrClosed
	}
	tx := &Tx{db: db}
	if !writable {
		tx.view.db = db
		return tx, nil
	}
	if db.serial {
		db.turn.Lock()
		tx.turn = true
	}
	tx.txn = db.begin(scheme.Options{})
	return tx, nil
}

func (db *DB) begin(o scheme.Options) scheme.Txn {
	db.latch.Lock()
	defer db.unlock()
	return db.scheme.Begin(o)
}

// Get returns the value of a key.
func (tx *Tx) Get(key []byte) (value []byte, found bool, err error) {
	return tx.Append(nil, key)
}

// Append appends the value of a key to b, and saves Get's allocation.
func (tx *Tx) Append(b, key []byte) (value []byte, found bool, err error) {
	if tx.ended {
		return nil, false, scheme.ErrEnded
	}
	if tx.txn != nil {
		err = tx.db.do(func() error {
			v, ok, err := tx.txn.Get(key)
			value, found = append(b, v...), ok
			return err
		})
		return value, found, err
	}
	err = tx.view.read(func(r *storage.Reader) error {
		v, ok, err := r.Get(key)
		value, found = append(b, v...), ok
		return err
	})
	return value, found, err
}

// Put sets the value of a key. It keeps neither slice.
func (tx *Tx) Put(key, value []byte) error {
	return tx.write(func() error { return tx.txn.Put(key, value) })
}

// Delete removes a key; it is no error if there is none.
func (tx *Tx) Delete(key []byte) error {
	return tx.write(func() error { return tx.txn.Delete(key) })
}

func (tx *Tx) write(operation func() error) error {
	switch {
	case tx.ended:
		return scheme.ErrEnded
	case tx.txn == nil:
		return ErrReadOnly
	}
	return tx.db.do(operation)
}

// Commit makes the transaction permanent. If it returns an error that is not
// ErrUnknown, there is no trace of the transaction.
func (tx *Tx) Commit() error {
	if tx.ended {
		return scheme.ErrEnded
	}
	if tx.txn == nil {
		tx.close()
		return nil
	}
	err := tx.db.do(func() error {
		err := tx.txn.Commit()
		tx.pass()
		return err
	})
	tx.ended = true
	if abort, ok := err.(*scheme.Abort); ok {
		tx.ended = false
		if err := tx.Rollback(); err != nil {
			return fmt.Errorf("%w; and its rollback: %w", abort, err)
		}
	}
	return err
}

// pass lets the next writer begin, once the scheme does.
func (tx *Tx) pass() {
	if tx.turn {
		tx.turn = false
		tx.db.turn.Unlock()
	}
}

// Rollback undoes the transaction. After Commit it does nothing.
func (tx *Tx) Rollback() error {
	if tx.ended {
		return nil
	}
	if tx.txn == nil {
		tx.close()
		return nil
	}
	err := tx.db.do(tx.txn.Abort)
	tx.ended = true
	tx.pass()
	return err
}

// savepoints is what schemes have that can roll back in part.
type savepoints interface {
	Savepoint() (scheme.Savepoint, error)
	RollbackTo(scheme.Savepoint) error
}

// ErrNoSavepoints says that the scheme of the database cannot roll back in part.
var ErrNoSavepoints = fmt.Errorf("the database's scheme has no savepoints")

// Savepoint returns the present state of the transaction.
func (tx *Tx) Savepoint() (p scheme.Savepoint, err error) {
	s, ok := tx.txn.(savepoints)
	if !ok {
		return 0, ErrNoSavepoints
	}
	err = tx.write(func() (err error) {
		p, err = s.Savepoint()
		return err
	})
	return p, err
}

// RollbackTo undoes what the transaction did since the savepoint, and goes on.
func (tx *Tx) RollbackTo(p scheme.Savepoint) error {
	s, ok := tx.txn.(savepoints)
	if !ok {
		return ErrNoSavepoints
	}
	return tx.write(func() error { return s.RollbackTo(p) })
}
