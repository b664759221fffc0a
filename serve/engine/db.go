package engine

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	storage "github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// DB is an open database. Its methods may be called by any goroutine.
type DB struct {
	path string
	o    Options
	lock *disk.DirLock
	host *host

	// latch guards core, scheme, and all that host keeps for them.
	latch  sync.RWMutex
	core   *storage.Database
	scheme scheme.Scheme

	// turn is held by the one writer of the serial scheme, before the latch: who
	// waits for it need not be woken by the latch's holder.
	turn    sync.Mutex
	serial  bool
	readers readers

	dead    chan struct{} // closed when the database has failed or is closed
	dying   sync.Once
	closing atomic.Bool
	running sync.WaitGroup // background work
}

// Open opens the database in a directory, which is made if there is none, and
// recovers it. One process has it at a time; for another the error is a
// *disk.LockedError.
func Open(path string, o *Options) (*DB, error) {
	lock, err := disk.Lock(path)
	if err != nil {
		return nil, opening(path, err)
	}
	db := &DB{path: path, o: o.withDefaults(), lock: lock, dead: make(chan struct{})}
	if err := db.open(); err != nil {
		db.abandon()
		return nil, opening(path, err)
	}
	return db, nil
}

// attach opens the directory and the log.
func (db *DB) attach() error {
	fs, err := disk.OS(db.path)
	if err != nil {
		return err
	}
	log, err := wal.Open(segments{fs}, wal.Options{
		Dir: "log", SegmentSize: db.o.SegmentSize, Salt: rand.Uint64(), Halt: db.fail,
	})
	if err != nil {
		return err
	}
	db.host = newHost(db, fs, log)
	db.readers.grow()
	return nil
}

func (db *DB) open() error {
	if err := db.attach(); err != nil {
		return err
	}
	done := make(chan error, 1)
	db.latch.Lock()
	storage.Open(db.host, storage.Options{
		PageSize: db.o.PageSize, Memory: db.o.Memory, Versions: db.o.Versions, Checkpoint: db.o.Checkpoint,
		Touch: touch, Oldest: db.readers.oldest, Halt: db.fail,
	}, func(core *storage.Database, err error) {
		db.core = core
		done <- err
	})
	db.unlock()
	var err error
	select {
	case err = <-done:
	case <-db.dead:
		return errors.Join(errors.New("the log failed during the restart"), db.host.log.Err())
	}
	if err != nil {
		return err
	}
	db.scheme = db.o.Scheme(db.core)
	_, db.serial = db.scheme.(*storage.Serial)
	return nil
}

// touch marks a page as used, for readers that share the latch.
func touch(used *uint32) {
	if atomic.LoadUint32(used) == 0 {
		atomic.StoreUint32(used, 1)
	}
}

// unlock lets go of the latch, and has the log flushed if somebody asked for it
// who does not wait: the page writer, a checkpoint.
func (db *DB) unlock() {
	asked := db.host.asked
	db.wake()
	if asked {
		db.host.kick()
	}
}

// wake lets go of the latch and then of those whose tickets have fired: they would
// only have run into it.
func (db *DB) wake() {
	woken := db.host.woken
	db.host.asked, db.host.woken = false, nil
	db.latch.Unlock()
	for _, w := range woken {
		close(w)
	}
}

// fail makes the database dead. The latch may be held or not.
func (db *DB) fail(error) {
	db.dying.Do(func() { close(db.dead) })
}

// do calls an operation with the latch held until it need not wait.
func (db *DB) do(operation func() error) error {
	db.latch.Lock()
	for {
		err := db.usable()
		if err == nil {
			err = operation()
		}
		wait, waits := scheme.Waiting(err)
		if !waits {
			db.unlock()
			return err
		}
		woken := make(chan struct{})
		wait.Then(func() { db.host.woken = append(db.host.woken, woken) })
		db.wake()
		if err := db.host.await(woken); err != nil {
			return err
		}
		db.latch.Lock()
	}
}

// usable returns the error of a database that cannot be used any more.
func (db *DB) usable() error {
	if db.closing.Load() {
		return ErrClosed
	}
	return db.core.Err()
}

// Close writes what is in memory to the data file, so that the next Open is quick,
// and closes the database. Transactions that are still open fail.
func (db *DB) Close() error {
	if db.closing.Load() {
		return nil
	}
	err := db.do(func() error { return db.core.WriteAll() })
	if err == nil {
		err = db.Checkpoint()
	}
	if !db.closing.CompareAndSwap(false, true) {
		return nil
	}
	db.fail(nil)
	return errors.Join(err, db.abandon())
}

// abandon gives everything back that open has taken.
func (db *DB) abandon() error {
	var err error
	if db.host != nil {
		db.fail(nil)
		db.running.Wait()
		err = db.host.log.Close()
		db.latch.Lock()
		if db.core != nil {
			db.core.Close()
		}
		db.latch.Unlock()
	}
	return errors.Join(err, db.lock.Close())
}
