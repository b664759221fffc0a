package engine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
)

// ErrOtherLog says that the log of the directory lost does not go on from the backup: it
// is another database's, or was not kept (Options.KeepLog).
var ErrOtherLog = storage.ErrOtherLog

// Restore makes a database in the directory path, which must not have one, out of a
// backup. lost, if not empty, is the directory of the database that was backed up,
// whose data file may be gone or damaged: what its log has beyond the backup comes
// along. Only its log is read, and nothing there is written. If Restore fails, nothing of
// a database is left in path.
func Restore(path string, backup io.Reader, lost string, o *Options) error {
	lock, err := disk.Lock(path)
	if err != nil {
		return restoring(path, err)
	}
	fresh, err := without(path, parts)
	if err == nil {
		db := newDB(path, o, lock)
		err = errors.Join(db.restoreFrom(backup, lost), db.shut())
	}
	if err != nil && fresh {
		err = errors.Join(err, remove(path, parts))
	}
	if err = errors.Join(err, lock.Close()); err != nil {
		return restoring(path, err)
	}
	return nil
}

// parts are the directories that a database has in its own.
var parts = []string{"log", "next", "pages"}

// without tells whether a directory has none of some names.
func without(path string, names []string) (bool, error) {
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(path, name)); !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return true, nil
}

func remove(path string, names []string) (err error) {
	for _, name := range names {
		err = errors.Join(err, os.RemoveAll(filepath.Join(path, name)))
	}
	return err
}

func (db *DB) restoreFrom(backup io.Reader, lost string) error {
	if lost == "" {
		return db.restore(backup, nil)
	}
	newer, err := survive(lost)
	if err != nil {
		return fmt.Errorf("the lost database's log: %w", err)
	}
	defer newer.close()
	if err := db.restore(backup, newer); err != nil {
		return err
	}
	return newer.log.Err() // what cannot be read looks like its end
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
	if _, err := os.Stat(filepath.Join(path, "log")); err != nil {
		return nil, err
	}
	lock, err := disk.Lock(path)
	if err != nil {
		return nil, err
	}
	dir, err := disk.OS(path)
	if err == nil {
		var log *wal.WAL
		if log, err = wal.Open(frozen{dir}, wal.Options{Dir: "log", Salt: rand.Uint64()}); err == nil {
			return &survivor{lock, log}, nil
		}
	}
	return nil, errors.Join(err, lock.Close())
}

func (s *survivor) close() {
	_ = s.log.Close()  // it was only read from
	_ = s.lock.Close() // gives the directory back
}
