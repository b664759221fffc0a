package engine

import (
	"context"
	"errors"
	"io"

	storage "github.com/parleysystems/parley/systems/txn/engine"
)

// Backup writes a copy of the database to w while it is in use. What is restored
// from it is the state as of the backup's end, and, if the log survives and is kept
// (Options.KeepLog), any later commit too.
func (db *DB) Backup(ctx context.Context, w io.Writer) (err error) {
	var b *storage.Backup
	if err := db.do(func() error { b = db.core.Backup(); return nil }); err != nil {
		return err
	}
	if err := db.copyOut(ctx, b, w); err != nil {
		return errors.Join(err, db.do(func() error { b.Close(false); return nil }))
	}
	kept := false
	if err := db.do(func() error { kept = b.Close(db.o.KeepLog); return nil }); err != nil || !kept {
		return err
	}
	return db.Checkpoint() // from here on a crash does not forget that the log is kept
}

// copyOut writes a backup.
func (db *DB) copyOut(ctx context.Context, b *storage.Backup, w io.Writer) error {
	var part []byte
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := db.do(func() (err error) {
			part, more, err = b.Next(part[:0])
			return err
		})
		if err != nil {
			return err
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// DropLog ends that the log is kept since the last backup (Options.KeepLog). What no
// restart needs of it is given back.
func (db *DB) DropLog() error {
	if err := db.do(func() error { db.core.KeepLog(0); return nil }); err != nil {
		return err
	}
	return db.Checkpoint()
}
