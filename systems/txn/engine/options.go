package engine

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Host is what a database needs of its surroundings. A node.Env is one.
type Host interface{ aries.Host }

// Options tune a database. The zero value is good for a program's own.
type Options struct {
	// PageSize is that of a database that is to be made, in bytes: a power of two
	// from 512 to 32768; 8192 if zero. One that exists keeps its own.
	PageSize int
	// Memory bounds the buffer pool, in bytes; 64 MiB if zero. 64 pages are the
	// least.
	Memory int64
	// Versions bounds what is kept in memory for snapshots, in bytes; a quarter of
	// Memory, and at most 4 MiB, if zero. What more is needed goes to files, 256 times
	// as much at most: then the oldest snapshots become too old.
	Versions int
	// Backlog bounds the log that is appended and not yet durable, in bytes; 8 MiB
	// if zero. Who writes more waits.
	Backlog int
	// Checkpoint is how many log records there are between two checkpoints; 20,000
	// if zero. The time that a restart takes is proportional to it.
	Checkpoint int
	// Batch is the most pages that are written at a time; 64 if zero.
	Batch int
	// Touch notes when a page was used, for snapshots that are read in parallel; nil
	// means a plain store.
	Touch func(used *uint32, now uint32)
	// Arena returns that many bytes of memory, zeroed, for the buffer pool; nil means
	// the garbage collector's, which then lets twice as much garbage gather.
	Arena func(bytes int) []byte
	// Oldest returns the least Seq of the Readers in use that are not Snapshots, or
	// newest if there are none. Nil means that there never are.
	Oldest func(newest scheme.Seq) scheme.Seq
	// Halt is called once, when files can no longer be written.
	Halt func(error)
}

func (o Options) withDefaults() Options {
	if o.PageSize == 0 {
		o.PageSize = 8192
	}
	if o.Memory == 0 {
		o.Memory = 64 << 20
	}
	if o.Versions == 0 {
		o.Versions = int(min(o.Memory/4, 4<<20))
	}
	if o.Backlog == 0 {
		o.Backlog = 8 << 20
	}
	if o.Checkpoint == 0 {
		o.Checkpoint = 20_000
	}
	return o
}

func (o Options) check() error {
	if !page.ValidSize(o.PageSize) {
		return fmt.Errorf("engine: a page size of %d bytes; it is a power of two from %d to %d", o.PageSize, page.MinSize, page.MaxSize)
	}
	if o.Memory/int64(o.PageSize) < pool.MinFrames {
		return fmt.Errorf("engine: %d bytes of memory for pages of %d; it takes %d pages", o.Memory, o.PageSize, pool.MinFrames)
	}
	return nil
}

// Errors of arguments. They change nothing, and the transaction goes on.
var (
	// ErrKeyTooLong says that a key is longer than an eighth of a page.
	ErrKeyTooLong = errors.New("key is too long")
	// ErrKeyEmpty says that a key has no bytes.
	ErrKeyEmpty = errors.New("key is empty")
	// ErrValueTooLong says that a value is longer than about half of the pool.
	ErrValueTooLong = errors.New("value is too long")
)

// Check tells whether key and value are within the limits.
func (d *Database) Check(key, value []byte) error {
	switch {
	case len(key) == 0:
		return fmt.Errorf("engine: %w", ErrKeyEmpty)
	case len(key) > d.tree.MaxKey():
		return fmt.Errorf("engine: %w: %d bytes, and %d are the most", ErrKeyTooLong, len(key), d.tree.MaxKey())
	case len(value) > d.tree.MaxValue():
		return fmt.Errorf("engine: %w: %d bytes, and %d are the most in this buffer pool", ErrValueTooLong, len(value), d.tree.MaxValue())
	}
	return nil
}
