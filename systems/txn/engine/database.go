package engine

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/btree"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Database is an open database. It has one owner; see Snapshot for the exception.
type Database struct {
	host   Host
	o      Options
	master *aries.Master
	pool   *pool.Pool
	log    *aries.Manager
	tree   *btree.Tree
	view   btree.View

	commits  scheme.Seq // the last one appended
	durable  scheme.Seq // the last one that is durable
	versions versions
	forced   *scheme.Ticket // fires when the log has become durable
	err      error
}

var _ scheme.Store = (*Database)(nil)

// Open opens the database in the host's directory, or makes one if there is none,
// and recovers it. It calls ready when that is done, possibly within the call.
func Open(host Host, o Options, ready func(*Database, error)) {
	o = o.withDefaults()
	d := &Database{host: host, o: o}
	there, err := aries.HasMaster(host.Disk())
	switch {
	case err != nil:
		ready(nil, fmt.Errorf("engine: %w", err))
	case there:
		d.open(ready)
	default:
		d.create(ready)
	}
}

// create makes the files. Until the master record is there, there is no database:
// what an attempt before this one has left is replaced.
func (d *Database) create(ready func(*Database, error)) {
	err := d.o.check()
	if log := d.host.Log(aries.Stream); err == nil && log.Next() > 1 {
		err = errors.New("engine: there is a log, and no master record: files of the database are missing; restore them from a backup")
	}
	if err == nil {
		err = pool.Create(d.host.Disk())
	}
	if err != nil {
		ready(nil, err)
		return
	}
	aries.CreateMaster(d.host.Disk(), &aries.Master{PageSize: d.o.PageSize}, func(err error) {
		if err != nil {
			ready(nil, fmt.Errorf("engine: create: %w", err))
			return
		}
		d.open(ready)
	})
}

func (d *Database) open(ready func(*Database, error)) {
	if err := d.assemble(); err != nil {
		d.Close()
		ready(nil, fmt.Errorf("engine: %w", err))
		return
	}
	d.settle(func(err error) {
		if err != nil {
			d.Close()
			ready(nil, fmt.Errorf("engine: restart: %w", err))
			return
		}
		ready(d, nil)
	})
}

// settle makes durable what was found, then recovers. A process that ended may
// have left files in the system's cache only: a page that looks as if it were on
// the disk would never be written again. The rename changes nothing, and makes the
// names of the files durable.
func (d *Database) settle(done func(error)) {
	d.host.Disk().Rename(aries.MasterFile, aries.MasterFile, func(err error) {
		if err != nil {
			done(err)
			return
		}
		d.pool.Settle(func(err error) {
			if err != nil {
				done(err)
				return
			}
			d.until(d.recover, done)
		})
	})
}

// assemble opens the files and joins the parts.
func (d *Database) assemble() (err error) {
	if d.master, err = aries.ReadMaster(d.host.Disk()); err != nil {
		return err
	}
	d.o.PageSize = d.master.PageSize
	if err := errors.Join(d.o.check(), d.sweep()); err != nil {
		return err
	}
	d.log = aries.NewManager(d.host, d.master)
	d.pool, err = pool.Open(d.host, d.log, pool.Options{
		PageSize: d.o.PageSize, Frames: int(d.o.Memory / int64(d.o.PageSize)),
		Batch: d.o.Batch, Touch: d.o.Touch, Arena: d.o.Arena, Halt: d.halt,
	})
	if err != nil {
		return err
	}
	d.tree = btree.New(d.pool, d.log)
	d.view = d.tree.View()
	d.log.Join(d.pool, d.tree)
	d.versions.init(d.o.Versions)
	return nil
}

// recover restarts, and formats the tree if the log has never said so. The
// checkpoint at its end makes the next restart short.
func (d *Database) recover() error {
	if err := d.log.Restart(); err != nil {
		return err
	}
	if d.log.Last() == d.master.Base {
		if err := d.format(); err != nil {
			return err
		}
	}
	d.log.Checkpoint(d.pointed)
	return nil
}

// format makes an empty tree.
func (d *Database) format() error {
	if n, err := d.pool.Size(); err != nil || n > 0 {
		return errors.Join(err, &aries.LostError{LSN: d.master.Base + 1})
	}
	t := d.log.Begin(d.log.NewID())
	if err := d.tree.Create(t); err != nil {
		return err
	}
	d.log.Commit(t, func() {})
	return nil
}

// until calls step again after each ticket, and done with how it ended.
func (d *Database) until(step func() error, done func(error)) {
	err := step()
	if wait, ok := scheme.Waiting(err); ok {
		wait.Then(func() { d.until(step, done) })
		return
	}
	done(err)
}

// pointed hears of the end of a checkpoint.
func (d *Database) pointed(err error) {
	if err != nil {
		d.halt(fmt.Errorf("engine: checkpoint: %w", err))
	}
}

// Fail makes the database dead, since the host cannot write its log any more.
func (d *Database) Fail(err error) { d.halt(err) }

// Err returns what the database is dead of, or nil.
func (d *Database) Err() error { return d.err }

// halt makes the database dead.
func (d *Database) halt(err error) {
	if d.err != nil {
		return
	}
	d.err = err
	if d.o.Halt != nil {
		d.o.Halt(err)
	}
}

// Close closes the files. It waits for nothing: what was committed is safe, and
// what was not is undone by the next Open.
func (d *Database) Close() {
	d.versions.discardAll()
	if d.pool != nil {
		d.pool.Close()
	}
	if d.master != nil {
		d.master.Close()
	}
	if d.err == nil {
		d.err = ErrClosed
	}
}

// ErrClosed is the error of whatever is called after Close.
var ErrClosed = errors.New("engine: database is closed")

// Checkpoint takes a checkpoint now, and calls done when it is complete.
func (d *Database) Checkpoint(done func(error)) {
	d.log.Checkpoint(func(err error) {
		d.pointed(err)
		done(err)
	})
}

// WriteAll writes all dirty pages. It has to be called again after each ticket.
func (d *Database) WriteAll() error {
	if d.err != nil {
		return d.err
	}
	return d.pool.WriteAll()
}

// pump starts what is to go on in the background after a change.
func (d *Database) pump() {
	if d.log.SinceCheckpoint() > d.o.Checkpoint {
		d.log.Checkpoint(d.pointed)
	}
	d.pool.Pump()
}

// Force implements scheme.Store.
func (d *Database) Force() *scheme.Ticket {
	if d.log.Durable() == d.log.Last() {
		return nil
	}
	return d.force()
}

// force returns the ticket of the log's next force. Those who come while it is
// only asked for share it; a force that has begun may not cover what came later.
func (d *Database) force() *scheme.Ticket {
	t := new(scheme.Ticket)
	d.log.WhenDurable(t.Fire)
	return t
}

// backlogged returns a ticket if too much of the log is not durable.
func (d *Database) backlogged() error {
	waiting := d.log.Backlog()
	if waiting < d.o.Backlog/2 {
		return nil
	}
	if d.forced == nil || d.forced.Fired() {
		d.forced = d.force()
	}
	if waiting < d.o.Backlog {
		return nil
	}
	return d.forced
}

// Log returns the log, for tools that read it. Nobody else appends to it.
func (d *Database) Log() node.Log { return d.log.Log() }

// KeepLog keeps the log from a record on, across restarts, until a backup is closed,
// which keeps it from its own end on. 0 keeps what a restart needs. It is durable
// with the next checkpoint.
func (d *Database) KeepLog(from node.LSN) { d.log.Keep(from) }
