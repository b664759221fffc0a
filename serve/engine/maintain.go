package engine

import (
	"context"

	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/engine/btree"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Checkpoint takes a checkpoint and waits for it: a restart then begins there.
func (db *DB) Checkpoint() error {
	done := new(scheme.Ticket)
	var failed error
	asked := false
	return db.do(func() error {
		if !asked {
			asked = true
			db.core.Checkpoint(func(err error) {
				failed = err
				done.Fire()
			})
		}
		if !done.Fired() {
			return done
		}
		return failed
	})
}

// Sync returns once all that was committed before is durable. Commits wait by
// themselves; it is for those who look at files from outside.
func (db *DB) Sync() error {
	return db.do(func() error {
		if t := db.core.Force(); t != nil {
			return t
		}
		return nil
	})
}

// Verify walks over every page and reports what is wrong. Nobody writes meanwhile.
func (db *DB) Verify(ctx context.Context) (*btree.Report, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if db.serial {
		if err := db.turn.lock(db); err != nil {
			return nil, err
		}
		defer db.turn.unlock()
	}
	var report *btree.Report
	err := db.do(func() error {
		if err := db.core.WriteAll(); err != nil {
			return err
		}
		report = db.core.Verify()
		return nil
	})
	return report, err
}

// Stats tell what a database does.
type Stats struct {
	storage.Stats
	// Flushes counts syncs of the log. Commits over Flushes is how many commits
	// shared one.
	Flushes uint64
}

// Stats returns figures as of now.
func (db *DB) Stats() Stats {
	s := db.readers.take()
	defer s.free()
	db.latch.share(s)
	defer db.latch.unshare(s)
	return Stats{db.core.Stats(), db.host.flushing.count}
}
