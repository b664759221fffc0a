package engine

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

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
	latch     latch
	core      *storage.Database
	scheme    scheme.Scheme
	turn      turn
	serial    bool // the scheme is the engine's own, one writer after the other
	unordered bool // readers have to be the scheme's transactions, too
	readers   readers
	sleepers  sync.Pool // of *sleeper
	arena     arena

	dead    chan struct{} // closed when the database has failed or is closed
	cause   error         // what it has failed of; set before dead is closed
	dying   sync.Once
	closing atomic.Bool
	running sync.WaitGroup // background work
}

// Open opens the database in a directory, which is made if there is none, and
// recovers it. One process has it at a time; for another the error is a
// *LockedError.
func Open(path string, o *Options) (*DB, error) {
	lock, err := disk.Lock(path)
	if err != nil {
		return nil, opening(path, err)
	}
	db := newDB(path, o, lock)
	if err := db.open(); err != nil {
		db.abandon()
		return nil, opening(path, err)
	}
	return db, nil
}

func newDB(path string, o *Options, lock *disk.DirLock) *DB {
	db := &DB{path: path, o: o.withDefaults(), lock: lock, dead: make(chan struct{})}
	db.turn.free = make(chan struct{}, 1)
	db.readers.grow()
	db.latch.init(&db.readers)
	return db
}

// attach opens the directory and the log.
func (db *DB) attach() error {
	fs, err := disk.OS(db.path)
	if err != nil {
		return err
	}
	next := newNextSegment(fs, db.o.SegmentSize)
	log, err := wal.Open(segments{fs, next}, wal.Options{
		Dir: "log", SegmentSize: db.o.SegmentSize, Salt: rand.Uint64(), Halt: db.fail,
	})
	if err != nil {
		return err
	}
	db.host = newHost(db, fs, log)
	db.running.Go(func() { next.run(db.dead) })
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
		Touch: touch, Arena: db.arena.take, Oldest: db.readers.oldest, Halt: db.fail,
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
	_, db.unordered = db.scheme.(scheme.Unordered)
	return nil
}

// touch notes when a page was used, for readers that share the latch.
func touch(used *uint32, now uint32) {
	if atomic.LoadUint32(used) != now {
		atomic.StoreUint32(used, now)
	}
}

// unlock lets go of the latch, and has the log flushed if that is due: somebody asked
// for it who does not wait, such as the page writer, or who waits already.
func (db *DB) unlock() {
	due := db.host.due()
	db.wake()
	if due {
		db.host.kick()
	}
}

// wake lets go of the latch and then of those whose tickets have fired: they would
// only have run into it.
func (db *DB) wake() {
	woken := db.host.woken
	db.host.woken = nil
	db.latch.Unlock()
	for _, s := range woken {
		s.woken <- struct{}{}
	}
}

// fail makes the database dead. The latch may be held or not.
func (db *DB) fail(err error) {
	db.dying.Do(func() {
		db.cause = err
		close(db.dead)
	})
}

// do calls an operation with the latch held until it need not wait.
func (db *DB) do(operation func() error) error {
	for {
		db.latch.Lock()
		err := db.usable()
		if err == nil {
			err = operation()
		}
		if again, err := db.letGo(err, forever); !again {
			return err
		}
	}
}

// letGo lets go of the latch after an operation that ended with an error, or nil, waits
// if that says so, for so long at most, and tells whether the operation is to be called
// again.
func (db *DB) letGo(err error, most time.Duration) (again bool, _ error) {
	wait, waits := scheme.Waiting(err)
	if !waits {
		db.unlock()
		return false, err
	}
	err = db.await(wait, most)
	return err == nil, err
}

// await lets go of the latch and waits for a ticket. If the log is to be flushed the
// caller does that, since he has to wait anyway.
func (db *DB) await(wait *scheme.Ticket, most time.Duration) error {
	s := db.host.sleeper()
	wait.Then(s.wake)
	f := db.host.takeOff()
	db.wake()
	if f != nil {
		db.host.fly(f)
	}
	return db.host.sleep(s, most)
}

// gone returns the error of a database that has died or is closed.
func (db *DB) gone() error {
	db.latch.Lock()
	defer db.unlock()
	return db.usable()
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
func (db *DB) abandon() error { return errors.Join(db.shut(), db.lock.Close()) }

// shut closes the files.
func (db *DB) shut() error {
	var err error
	if db.host != nil {
		db.fail(nil)
		db.running.Wait()
		err = db.host.log.Close()
		db.latch.Lock()
		if db.core != nil {
			db.core.Close()
		}
		db.arena.free()
		db.latch.Unlock()
	}
	return err
}

// Path returns the directory of the database.
func (db *DB) Path() string { return db.path }
