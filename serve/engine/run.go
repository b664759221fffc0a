package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// View runs fn on the newest durable state. What fn returns comes through; so does the
// error of a walk that fn has not asked for (Tx.Err). Under a scheme
// that serializes otherwise than commits come (mvto, ssi) it is a transaction like others,
// and fn may run several times.
func (db *DB) View(fn func(*Tx) error) error {
	if db.unordered {
		return db.transact(scheme.Options{ReadOnly: true}, fn)
	}
	tx := Tx{db: db, managed: true}
	tx.view.db = db
	defer tx.close()
	if err := fn(&tx); err != nil {
		return err
	}
	return tx.unasked
}

// close ends a transaction that only reads.
func (tx *Tx) close() {
	tx.view.end()
	tx.ended = true
}

// Update runs fn in a transaction and commits it; when it returns nil, the changes
// survive the loss of power. If fn returns an error or panics, or the scheme decides
// against the transaction (*Abort), there is no trace of it.
func (db *DB) Update(fn func(*Tx) error) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	return tx.run(fn)
}

// run calls fn and then commits or rolls back.
func (tx *Tx) run(fn func(*Tx) error) error {
	defer func() {
		if !tx.ended { // fn has panicked
			_ = tx.Rollback()
		}
	}()
	tx.managed = true
	err := fn(tx)
	tx.managed = false
	if err != nil {
		return tx.giveUp(err)
	}
	return tx.Commit()
}

// Transact is Update that is tried again when the scheme decides against it, until it
// passes or fails in another way: fn may run several times. Under schemes that prefer
// the older transaction it keeps its age, and so cannot fail for ever. From the third
// time on it lets a moment pass, which is drawn and grows: whom it has met may be gone then.
func (db *DB) Transact(fn func(*Tx) error) error { return db.transact(scheme.Options{}, fn) }

func (db *DB) transact(o scheme.Options, fn func(*Tx) error) error {
	for tries := 0; ; tries++ {
		tx, err := db.start(true, o)
		if err != nil {
			return err
		}
		err = tx.run(fn)
		var abort *scheme.Abort
		if !errors.As(err, &abort) {
			return err
		}
		o.Retry = tx.txn
		if err := db.pause(tries, o.ReadOnly); err != nil {
			return err
		}
	}
}

// shortestPause is what a pause is drawn from at first; later it is up to 64 times as long.
const shortestPause = 20 * time.Microsecond

// pause lets time pass after a transaction was aborted. One that only reads, of a state
// that is durable, would find the same until there is a newer one.
func (db *DB) pause(tries int, reads bool) error {
	switch {
	case reads:
		return db.Sync()
	case tries > 0:
		time.Sleep(rand.N(shortestPause << min(tries, 6)))
	}
	return nil
}

// giveUp rolls back because of an error, which it returns. A database that is closed
// has nothing to roll back: the next Open does.
func (tx *Tx) giveUp(err error) error {
	if abort := tx.Rollback(); abort != nil && !errors.Is(abort, ErrClosed) {
		return fmt.Errorf("%w; and its rollback: %w", err, abort)
	}
	return err
}

// Batch is Update: commits that many goroutines ask for at a time share a sync
// anyway. It is here for those who come from bbolt.
func (db *DB) Batch(fn func(*Tx) error) error { return db.Update(fn) }
