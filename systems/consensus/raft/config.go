package raft

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
)

// Config is the knobs of one server. The zero value of a field means its
// default.
type Config struct {
	// Members are the voters that a new group begins with: the same on each of
	// them, sorted or not. A server that joins an existing group has none. It
	// is looked at only as long as there is nothing on disk.
	Members []node.Addr

	// ElectionTimeout is T: a server that hears of no leader for a time drawn
	// from [T, 2T] starts an election. It should be ten round trips and syncs
	// or more. Default 500 ms.
	ElectionTimeout time.Duration
	// HeartbeatInterval is how often a leader is heard of. Default T/10.
	HeartbeatInterval time.Duration
	// NoPreVote lets candidates raise their term without asking first whether
	// they could win: a server that was cut off disturbs when it comes back.
	NoPreVote bool
	// NoCheckQuorum lets a leader that hears from no majority go on, and
	// followers vote while they hear from a leader. Leases are off then. With
	// NoPreVote too, a server that was removed has to be stopped: it would
	// campaign for ever, and depose every leader (§6).
	NoCheckQuorum bool
	// ClockDrift bounds how much faster or slower than true any host's
	// oscillator may run, as a fraction. Leases are shortened accordingly.
	// Default 0.02, a hundred times what ordinary crystals do.
	ClockDrift float64

	// MaxInflight bounds the AppendEntries on their way to one follower.
	// Default 64.
	MaxInflight int
	// MaxInflightBytes bounds what they hold. Default 4 MiB.
	MaxInflightBytes int64
	// MaxEntriesPerMessage and MaxBatchBytes bound one AppendEntries (one entry
	// is always allowed). Default 1,024 and 256 KiB.
	MaxEntriesPerMessage int
	MaxBatchBytes        int64
	// MaxUncommittedBytes bounds what a leader takes on before it is committed;
	// beyond it Submit is refused (rsm.ErrBusy). Default 64 MiB.
	MaxUncommittedBytes int64

	// SnapshotThreshold is the size of the log, in bytes, at which a snapshot
	// is taken and the log cut: at the earliest, for the log may grow to half
	// the size of the last snapshot, lest large states be written all the time.
	// Default 64 MiB.
	SnapshotThreshold int64
	// SnapshotMost bounds that growth, in bytes, for states that are larger than the
	// memory that the log may take; 0 leaves it at half of the snapshot.
	SnapshotMost int64
	// KeepBytes is how much of the log before a snapshot stays in memory, for
	// followers that lag a little. Default an eighth of SnapshotThreshold.
	KeepBytes int64
	// SnapshotChunk is the size of the pieces that a snapshot is sent in, of
	// which SnapshotWindow are on their way. Default 256 KiB and 4.
	SnapshotChunk  int
	SnapshotWindow int
}

func (c Config) withDefaults() Config {
	setDefault(&c.ElectionTimeout, 500*time.Millisecond)
	setDefault(&c.HeartbeatInterval, c.ElectionTimeout/10)
	setDefault(&c.ClockDrift, 0.02)
	setDefault(&c.MaxInflight, 64)
	setDefault(&c.MaxInflightBytes, 4<<20)
	setDefault(&c.MaxEntriesPerMessage, 1024)
	setDefault(&c.MaxBatchBytes, 256<<10)
	setDefault(&c.MaxUncommittedBytes, 64<<20)
	setDefault(&c.SnapshotThreshold, 64<<20)
	setDefault(&c.KeepBytes, c.SnapshotThreshold/8)
	setDefault(&c.SnapshotChunk, 256<<10)
	setDefault(&c.SnapshotWindow, 4)
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate reports the first setting that makes no sense.
func (c Config) Validate() error {
	c = c.withDefaults()
	switch {
	case c.ElectionTimeout <= 0:
		return fmt.Errorf("raft: ElectionTimeout must be positive, is %v", c.ElectionTimeout)
	case c.HeartbeatInterval <= 0 || c.HeartbeatInterval > c.ElectionTimeout/2:
		return fmt.Errorf("raft: HeartbeatInterval must be within 0 and half of ElectionTimeout (%v), is %v", c.ElectionTimeout, c.HeartbeatInterval)
	case c.ClockDrift < 0 || c.ClockDrift >= 0.5:
		return fmt.Errorf("raft: ClockDrift must be within 0 and 0.5, is %v", c.ClockDrift)
	case c.MaxInflight < 1 || c.MaxInflightBytes < 1 || c.MaxEntriesPerMessage < 1 || c.MaxBatchBytes < 1 || c.MaxUncommittedBytes < 1:
		return fmt.Errorf("raft: flow control limits must be positive")
	case c.MaxBatchBytes > 16<<20:
		return fmt.Errorf("raft: MaxBatchBytes must be at most 16 MiB, is %d", c.MaxBatchBytes)
	case c.SnapshotThreshold < 1 || c.KeepBytes < 0 || c.SnapshotWindow < 1:
		return fmt.Errorf("raft: snapshot settings must be positive")
	case c.SnapshotChunk < 1 || c.SnapshotChunk > 4<<20:
		return fmt.Errorf("raft: SnapshotChunk must be within 1 and 4 MiB, is %d", c.SnapshotChunk)
	}
	return checkMembers(c.Members)
}

func checkMembers(members []node.Addr) error {
	seen := map[node.Addr]bool{}
	for _, m := range members {
		if m == "" || seen[m] {
			return fmt.Errorf("raft: Members: %q is empty or named twice", m)
		}
		seen[m] = true
	}
	return nil
}
