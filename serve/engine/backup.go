package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
)

// Backup writes a copy of the database to w while it is in use. What is restored
// from it is the state as of the backup's end, and, if the log survives and
// Options.KeepLog was set, any later commit too.
func (db *DB) Backup(ctx context.Context, w io.Writer) (err error) {
	var b *storage.Backup
	if err := db.do(func() error { b = db.core.Backup(); return nil }); err != nil {
		return err
	}
	defer func() {
		keep := db.o.KeepLog && err == nil
		err = errors.Join(err, db.do(func() error { b.Close(keep); return nil }))
	}()
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

// Restore makes a database in the directory path, which must not have one, out of a
// backup. lost, if not empty, is the directory of the database that was backed up,
// whose data file may be gone or damaged: what its log has beyond the backup comes
// along. Only its log is read.
func Restore(path string, backup io.Reader, lost string, o *Options) (err error) {
	lock, err := disk.Lock(path)
	if err != nil {
		return restoring(path, err)
	}
	db := newDB(path, o, lock)
	defer func() {
		if err = errors.Join(err, db.abandon()); err != nil {
			err = restoring(path, err)
		}
	}()
	var newer *survivor
	if lost != "" {
		if newer, err = survive(lost); err != nil {
			return err
		}
		defer newer.close()
	}
	return db.restore(backup, newer)
}

func restoring(path string, err error) error { return fmt.Errorf("restore into %s: %w", path, err) }

func (db *DB) restore(backup io.Reader, newer *survivor) error {
	if err := db.attach(); err != nil {
		return err
	}
	done := make(chan error, 1)
	db.latch.Lock()
	if newer != nil {
		storage.Restore(db.host, backup, newer.log.Stream(aries.Stream), func(err error) { done <- err })
	} else {
		storage.Restore(db.host, backup, nil, func(err error) { done <- err })
	}
	db.unlock()
	select {
	case err := <-done:
		return err
	case <-db.dead:
		return errors.New("the files can no longer be written")
	}
}

// survivor is the log of a database that was lost.
type survivor struct {
	lock *disk.DirLock
	log  *wal.WAL
}

func survive(path string) (*survivor, error) {
	lock, err := disk.Lock(path)
	if err != nil {
		return nil, err
	}
	fs, err := disk.OS(path)
	if err == nil {
		var log *wal.WAL
		if log, err = wal.Open(fs, wal.Options{Dir: "log", Salt: rand.Uint64()}); err == nil {
			return &survivor{lock, log}, nil
		}
	}
	return nil, errors.Join(err, lock.Close())
}

func (s *survivor) close() {
	_ = s.log.Close()  // it was only read from
	_ = s.lock.Close() // gives the directory back
}
