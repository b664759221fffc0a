package engine

import (
	"errors"
	"fmt"

	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Tx is a transaction. One goroutine uses it at a time. What it returns is the
// caller's own.
type Tx struct {
	db       *DB
	writable bool
	view     view       // of one that only reads
	txn      scheme.Txn // of one that may write; nil until it needs one
	early    early      // writes that came before that
	turn     bool       // it holds db.turn
	managed  bool       // who called fn ends it
	ended    bool
	failed   error // it has given up waiting: what it asked for is not to be mixed with more
	err      error // of the last walk
	unasked  error // of a walk, until Err is called
}

// Begin starts a transaction, to be ended by Commit or Rollback. Under the serial
// scheme its first read, or its Commit, waits until no other may write, and under those
// that lock what it reads or writes may wait for others: ErrBusy tells that it has waited
// too long (Options.Busy), and is to be rolled back.
func (db *DB) Begin(writable bool) (*Tx, error) { return db.start(writable, scheme.Options{}) }

func (db *DB) start(writable bool, o scheme.Options) (*Tx, error) {
	if db.closing.Load() {
		return nil, ErrClosed
	}
	if db.unordered && !writable {
		o.ReadOnly, writable = true, true
	}
	tx := &Tx{db: db, writable: writable}
	tx.view.db = db
	if writable && !db.serial {
		tx.txn = db.begin(o)
	}
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
		return nil, false, ErrEnded
	}
	if tx.writable {
		return tx.read(b, key, false)
	}
	err = tx.view.read(func(r *storage.Reader) error {
		v, ok, err := r.Get(key)
		value, found = append(b, v...), ok
		return err
	})
	return value, found, err
}

// read is Append of a transaction that may write.
func (tx *Tx) read(b, key []byte, update bool) (value []byte, found bool, err error) {
	if err := tx.enter(); err != nil {
		return nil, false, err
	}
	for {
		err := tx.latch()
		if err == nil {
			value, found, err = tx.get(key, update)
			value = append(b, value...)
		}
		if again, err := tx.letGo(err); !again {
			return value, found, err
		}
	}
}

// letGo is db.letGo, for no longer than Options.Busy: whom it waits for may be the
// transaction around it, on the same goroutine.
func (tx *Tx) letGo(err error) (again bool, _ error) {
	again, err = tx.db.letGo(err, tx.db.o.Busy)
	if err != nil && errors.Is(err, ErrBusy) {
		tx.failed = err
	}
	return again, err
}

// latch takes the latch, whatever it returns, and does what was put off.
func (tx *Tx) latch() error {
	tx.db.latch.Lock()
	if err := tx.db.usable(); err != nil {
		return err
	}
	return tx.catchUp()
}

// Put sets the value of a key. It keeps neither slice.
func (tx *Tx) Put(key, value []byte) error {
	if err := tx.canWrite(); err != nil {
		return err
	}
	if tx.putsOff() {
		return tx.putOff(key, value, false)
	}
	if err := tx.enter(); err != nil {
		return err
	}
	for {
		err := tx.latch()
		if err == nil {
			err = tx.txn.Put(key, value)
		}
		if again, err := tx.letGo(err); !again {
			return err
		}
	}
}

// Delete removes a key; it is no error if there is none.
func (tx *Tx) Delete(key []byte) error {
	if err := tx.canWrite(); err != nil {
		return err
	}
	if tx.putsOff() {
		return tx.putOff(key, nil, true)
	}
	return tx.do(func() error { return tx.txn.Delete(key) })
}

func (tx *Tx) canWrite() error {
	switch {
	case tx.ended:
		return ErrEnded
	case !tx.writable:
		return ErrReadOnly
	case tx.db.closing.Load():
		return ErrClosed
	}
	return nil
}

// do calls an operation of the transaction's, after what was put off.
func (tx *Tx) do(operation func() error) error {
	if err := tx.enter(); err != nil {
		return err
	}
	for {
		err := tx.latch()
		if err == nil {
			err = operation()
		}
		if again, err := tx.letGo(err); !again {
			return err
		}
	}
}

// enter makes the transaction one of the scheme's.
func (tx *Tx) enter() error {
	if tx.failed != nil {
		return tx.failed
	}
	if tx.txn != nil {
		return nil
	}
	if err := tx.db.turn.lock(tx.db); err != nil {
		return err
	}
	tx.turn = true
	tx.txn = tx.db.scheme.Begin(scheme.Options{}) // the serial scheme's needs no latch
	return nil
}

// Commit makes the transaction permanent. If it returns an error that is not
// ErrUnknown, there is no trace of the transaction. The error of a walk that nobody has
// asked for (Err) is Commit's: what was not seen may matter. It is for those who began it:
// within View, Update and Transact it does nothing and returns ErrManaged.
func (tx *Tx) Commit() error {
	switch {
	case tx.ended:
		return ErrEnded
	case tx.managed:
		return ErrManaged
	}
	if !tx.writable || tx.txn == nil && len(tx.early.writes) == 0 {
		tx.close()
		return nil
	}
	if tx.unasked != nil {
		return tx.giveUp(tx.unasked)
	}
	if err := tx.enter(); err != nil {
		return tx.giveUp(err)
	}
	called, err := tx.commit()
	_, aborted := err.(*scheme.Abort)
	if aborted || err != nil && !called {
		return tx.giveUp(err)
	}
	tx.ended = true
	return err
}

// durable is what transactions have whose Commit, once its ticket has fired, need not
// be called again to say so.
type durable interface {
	// Committed tells whether Commit would return nil. Whoever knows that the ticket
	// has fired may call it without being the owner.
	Committed() bool
}

// commit calls the scheme's Commit until it need not wait; called is false if it did
// not come to that.
func (tx *Tx) commit() (called bool, err error) {
	db := tx.db
	for {
		db.latch.Lock()
		if err = db.usable(); err == nil {
			err = tx.catchUp()
		}
		if err == nil {
			called = true
			err = tx.txn.Commit()
			tx.pass()
		}
		wait, waits := scheme.Waiting(err)
		if !waits {
			db.unlock()
			return called, err
		}
		if err := db.await(wait, forever); err != nil {
			return true, err
		}
		if d, ok := tx.txn.(durable); ok && called && d.Committed() {
			return true, nil
		}
	}
}

// pass lets the next writer begin, once the scheme does.
func (tx *Tx) pass() {
	if tx.turn {
		tx.turn = false
		tx.db.turn.unlock()
	}
}

// Rollback undoes the transaction. After Commit it does nothing. Within Update the
// rest of fn then fails, and so does Update.
func (tx *Tx) Rollback() error {
	if tx.ended {
		return nil
	}
	tx.ended = true
	if tx.txn == nil {
		tx.view.end()
		return nil
	}
	err := tx.db.do(tx.txn.Abort)
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
	err = tx.partly(func(s savepoints) (err error) {
		p, err = s.Savepoint()
		return err
	})
	return p, err
}

// RollbackTo undoes what the transaction did since the savepoint, and goes on.
func (tx *Tx) RollbackTo(p scheme.Savepoint) error {
	return tx.partly(func(s savepoints) error { return s.RollbackTo(p) })
}

func (tx *Tx) partly(operation func(savepoints) error) error {
	if err := tx.canWrite(); err != nil {
		return err
	}
	return tx.do(func() error {
		s, ok := tx.txn.(savepoints)
		if !ok {
			return ErrNoSavepoints
		}
		return operation(s)
	})
}
