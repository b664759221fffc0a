package multipaxos

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Config is the knobs of one replica. The zero value of a field means its
// default.
type Config struct {
	// Members are the acceptors that a new group begins with: the same on each of
	// them, sorted or not. A replica that joins an existing group has none. It is
	// looked at only as long as there is nothing on disk.
	Members []node.Addr
	// Alpha is α: how many slots may be open, and how many slots behind its own a
	// Reconfiguration takes effect. Like Members it is the group's, and looked at
	// once only. Default 256.
	Alpha int

	// Timeout is T: a replica that hears of no leader for a time drawn from
	// [T, 2T] becomes a candidate. Default 500 ms.
	Timeout time.Duration
	// HeartbeatInterval is how often a leader is heard of. Default T/10.
	HeartbeatInterval time.Duration
	// ClockDrift bounds how much faster or slower than true any host's oscillator
	// may run, as a fraction. Leases are shortened accordingly. Default 0.02.
	ClockDrift float64
	// NoLease has acceptors promise although they hear from a leader: any
	// candidate can depose it. Reads by lease take a round.
	NoLease bool

	// MaxInflight bounds the Accepts on their way to one acceptor, and
	// MaxInflightBytes what they hold. Default 64 and 4 MiB.
	MaxInflight      int
	MaxInflightBytes int64
	// MaxValuesPerMessage and MaxBatchBytes bound one Accept, Promise or Values
	// (one value is always allowed). Default 1,024 and 256 KiB.
	MaxValuesPerMessage int
	MaxBatchBytes       int64
	// MaxUnchosenBytes bounds what a leader takes on before it is chosen; beyond it
	// Submit is refused (rsm.ErrBusy). Default 64 MiB.
	MaxUnchosenBytes int64

	// CheckpointThreshold is the size of the executed values, in bytes, at which a
	// checkpoint is taken and the log cut: at the earliest, for it may grow to half
	// the size of the last checkpoint. Default 64 MiB.
	CheckpointThreshold int64
	// KeepBytes is how much of the log before a checkpoint stays in memory, for
	// replicas that lag a little. Default an eighth of CheckpointThreshold.
	KeepBytes int64
	// CheckpointChunk is the size of the pieces in which a checkpoint is fetched.
	// Default 256 KiB.
	CheckpointChunk int
}

func (c Config) withDefaults() Config {
	setDefault(&c.Alpha, 256)
	setDefault(&c.Timeout, 500*time.Millisecond)
	setDefault(&c.HeartbeatInterval, c.Timeout/10)
	setDefault(&c.ClockDrift, 0.02)
	setDefault(&c.MaxInflight, 64)
	setDefault(&c.MaxInflightBytes, 4<<20)
	setDefault(&c.MaxValuesPerMessage, 1024)
	setDefault(&c.MaxBatchBytes, 256<<10)
	setDefault(&c.MaxUnchosenBytes, 64<<20)
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
	case c.Alpha < 1 || c.Alpha > 1<<16:
		return fmt.Errorf("multipaxos: Alpha must be within 1 and 65,536, is %d", c.Alpha)
	case c.Timeout <= 0:
		return fmt.Errorf("multipaxos: Timeout must be positive, is %v", c.Timeout)
	case c.HeartbeatInterval <= 0 || c.HeartbeatInterval > c.Timeout/2:
		return fmt.Errorf("multipaxos: HeartbeatInterval must be within 0 and half of Timeout (%v), is %v", c.Timeout, c.HeartbeatInterval)
	case c.ClockDrift < 0 || c.ClockDrift >= 0.5:
		return fmt.Errorf("multipaxos: ClockDrift must be within 0 and 0.5, is %v", c.ClockDrift)
	case c.MaxInflight < 1 || c.MaxInflightBytes < 1 || c.MaxValuesPerMessage < 1 || c.MaxBatchBytes < 1 || c.MaxUnchosenBytes < 1:
		return fmt.Errorf("multipaxos: flow control limits must be positive")
	case c.MaxBatchBytes > 16<<20:
		return fmt.Errorf("multipaxos: MaxBatchBytes must be at most 16 MiB, is %d", c.MaxBatchBytes)
	case c.CheckpointThreshold < 1 || c.KeepBytes < 0:
		return fmt.Errorf("multipaxos: checkpoint settings must be positive")
	case c.CheckpointChunk < 1 || c.CheckpointChunk > 4<<20:
		return fmt.Errorf("multipaxos: CheckpointChunk must be within 1 and 4 MiB, is %d", c.CheckpointChunk)
	}
	return checkMembers(c.Members)
}

func checkMembers(members []node.Addr) error {
	all := slices.Sorted(slices.Values(members))
	if slices.Contains(all, "") || len(slices.Compact(all)) != len(members) {
		return fmt.Errorf("multipaxos: Members: one of %q is empty or named twice", members)
	}
	if len(members) > maxMembers {
		return fmt.Errorf("multipaxos: at most %d Members, there are %d", maxMembers, len(members))
	}
	return nil
}
