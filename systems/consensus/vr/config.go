package vr

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Config is the knobs of one replica. The zero value of a field means its
// default.
type Config struct {
	// Members are the replicas that a new group begins with: the same on each of
	// them, sorted or not. A replica that joins an existing group has none. It is
	// looked at only as long as there is nothing on disk.
	Members []node.Addr

	// ViewTimeout is T: a backup that hears nothing of its primary for a time
	// drawn from [T, 2T] starts a view change. Default 500 ms.
	ViewTimeout time.Duration
	// HeartbeatInterval is how often a primary is heard of. Default T/10.
	HeartbeatInterval time.Duration
	// ClockDrift bounds how much faster or slower than true any host's oscillator
	// may run, as a fraction. Leases are shortened accordingly. Default 0.02.
	ClockDrift float64
	// NoLease has replicas join a view change although they hear from their
	// primary, as in the paper: any of them can then depose it. Lease reads take
	// a round.
	NoLease bool

	// Volatile keeps the log in memory alone, as the paper does: a replica that
	// crashed gets it back from the others (§4.3), and if more than f replicas are
	// without it at once the group stops for ever. Views and checkpoints are on
	// disk nevertheless.
	Volatile bool

	// MaxInflight bounds the entries on their way to one backup. Default 256.
	MaxInflight int
	// MaxEntriesPerMessage and MaxBatchBytes bound one Prepare or NewState (one
	// entry is always allowed). Default 1,024 and 256 KiB.
	MaxEntriesPerMessage int
	MaxBatchBytes        int64
	// MaxUncommittedBytes bounds what a primary takes on before it is committed;
	// beyond it Submit is refused (rsm.ErrBusy). Default 64 MiB.
	MaxUncommittedBytes int64

	// CheckpointThreshold is the size of the log, in bytes, at which a checkpoint
	// is taken and the log cut: at the earliest, for the log may grow to half
	// the size of the last checkpoint. Default 64 MiB.
	CheckpointThreshold int64
	// KeepBytes is how much of the log before a checkpoint stays in memory, for
	// backups that lag a little. Default an eighth of CheckpointThreshold.
	KeepBytes int64
	// CheckpointChunk is the size of the pieces in which a checkpoint is fetched.
	// Default 256 KiB.
	CheckpointChunk int
}

func (c Config) withDefaults() Config {
	setDefault(&c.ViewTimeout, 500*time.Millisecond)
	setDefault(&c.HeartbeatInterval, c.ViewTimeout/10)
	setDefault(&c.ClockDrift, 0.02)
	setDefault(&c.MaxInflight, 256)
	setDefault(&c.MaxEntriesPerMessage, 1024)
	setDefault(&c.MaxBatchBytes, 256<<10)
	setDefault(&c.MaxUncommittedBytes, 64<<20)
	setDefault(&c.CheckpointThreshold, 64<<20)
	setDefault(&c.KeepBytes, c.CheckpointThreshold/8)
	setDefault(&c.CheckpointChunk, 256<<10)
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
	case c.ViewTimeout <= 0:
		return fmt.Errorf("vr: ViewTimeout must be positive, is %v", c.ViewTimeout)
	case c.HeartbeatInterval <= 0 || c.HeartbeatInterval > c.ViewTimeout/2:
		return fmt.Errorf("vr: HeartbeatInterval must be within 0 and half of ViewTimeout (%v), is %v", c.ViewTimeout, c.HeartbeatInterval)
	case c.ClockDrift < 0 || c.ClockDrift >= 0.5:
		return fmt.Errorf("vr: ClockDrift must be within 0 and 0.5, is %v", c.ClockDrift)
	case c.MaxInflight < 1 || c.MaxEntriesPerMessage < 1 || c.MaxBatchBytes < 1 || c.MaxUncommittedBytes < 1:
		return fmt.Errorf("vr: flow control limits must be positive")
	case c.MaxBatchBytes > 16<<20:
		return fmt.Errorf("vr: MaxBatchBytes must be at most 16 MiB, is %d", c.MaxBatchBytes)
	case c.CheckpointThreshold < 1 || c.KeepBytes < 0:
		return fmt.Errorf("vr: checkpoint settings must be positive")
	case c.CheckpointChunk < 1 || c.CheckpointChunk > 4<<20:
		return fmt.Errorf("vr: CheckpointChunk must be within 1 and 4 MiB, is %d", c.CheckpointChunk)
	case slices.Contains(c.Members, "") || len(sorted(c.Members)) != len(c.Members):
		return fmt.Errorf("vr: Members: one of %q is empty or named twice", c.Members)
	}
	return nil
}

func sorted(sets ...[]node.Addr) []node.Addr {
	all := slices.Concat(sets...)
	slices.Sort(all)
	return slices.Compact(all)
}
