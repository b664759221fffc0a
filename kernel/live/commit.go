package live

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/wal"
)

// commit is the host's group commit: its syncers move what all loops appended
// to the file and make it durable, batch after batch, while the loops go on.
//
// A loop kicks after it appended. While a batch is on its way to the disk,
// kicks do nothing, and what all loops append goes into the next one: the slower
// the disk, the larger the batches. Only when that much has gathered that it
// will take its time anyway, a second batch does not wait for the first.
type commit struct {
	host  *Host
	wal   *wal.WAL
	kicks chan struct{} // capacity 1: one kick stands for many
	start wal.Position  // at Open

	flying   atomic.Int32  // batches on their way
	durable  atomic.Uint64 // wal.Position
	mu       sync.Mutex
	progress sync.Cond // durable grew, or the host stopped
	times    Histogram // guarded by mu
	bytes    atomic.Uint64
}

func newCommit(h *Host, w *wal.WAL) *commit {
	c := &commit{host: h, wal: w, kicks: make(chan struct{}, 1), start: w.Position()}
	c.progress.L = &c.mu
	c.durable.Store(uint64(w.Durable()))
	return c
}

// position is how far the log is durable.
func (c *commit) position() wal.Position { return wal.Position(c.durable.Load()) }

// worthwhile is the number of bytes from which on a batch is sent on its way
// beside another: below it fewer, larger batches are faster, above it the disk
// has room for two at once.
const worthwhile = 64 << 10

// kick starts a syncer if that is of use now; otherwise the one that is on its
// way will look for what it left behind.
func (c *commit) kick() {
	flying := int(c.flying.Load())
	if flying >= c.host.bounds.Syncs || flying > 0 && c.wal.Buffered() < worthwhile {
		return
	}
	poke(c.kicks)
}

// run is a syncer; there are Bounds.Syncs of them.
func (c *commit) run() {
	for {
		select {
		case <-c.kicks:
		case <-c.host.done:
			return
		}
		c.flying.Add(1)
		err := c.batch()
		c.flying.Add(-1)
		if err != nil {
			c.host.fail(fmt.Errorf("commit to the write-ahead log: %w", err))
			return
		}
		if c.wal.Written() < c.wal.Position() {
			c.kick()
		}
	}
}

func (c *commit) batch() error {
	began := time.Now()
	written, err := c.wal.WriteBatch()
	if err != nil {
		return err
	}
	if written <= c.position() {
		return nil // an earlier batch had it all
	}
	durable, err := c.wal.Sync()
	if err != nil {
		return err
	}
	c.advance(durable, time.Since(began))
	return nil
}

// advance publishes a durable position and wakes who waits for it.
func (c *commit) advance(durable wal.Position, took time.Duration) {
	c.mu.Lock()
	c.times.add(took)
	if durable > c.position() { // of two syncers the later may end first
		c.durable.Store(uint64(durable))
	}
	c.progress.Broadcast()
	c.mu.Unlock()
	for _, l := range c.host.served() {
		if wants := l.output.wants.Load(); wants != 0 && wants <= uint64(durable) {
			l.mailbox.nudge()
		}
	}
	if took > slowCommit {
		c.host.log.Warn("slow disk", "commit took", took)
	}
}

// slowCommit is when an operator should hear of a batch.
const slowCommit = time.Second

// await blocks until done, which is asked whenever the durable position grew,
// or until the host stops.
func (c *commit) await(done func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !done() && !c.host.stopped() {
		c.progress.Wait()
	}
}

// wakeAll frees who waits in await, at a stop.
func (c *commit) wakeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.progress.Broadcast()
}

func (c *commit) stats() CommitStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return CommitStats{
		Records:  uint64(c.position() - c.start),
		Bytes:    c.bytes.Load(),
		Unsynced: uint64(c.wal.Position() - c.position()),
		Sync:     c.times,
	}
}
