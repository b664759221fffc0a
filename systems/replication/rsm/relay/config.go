package relay

import (
	"fmt"
	"time"
)

// Limits are a relay's knobs. The zero value of a field means its default.
type Limits struct {
	// MaxInflight bounds the entries on their way to one replica. Default 256.
	MaxInflight int
	// MaxEntriesPerMessage and MaxBatchBytes bound one Update (one entry is always
	// allowed). Default 1,024 and 256 KiB.
	MaxEntriesPerMessage int
	MaxBatchBytes        int64
	// MaxUncommittedBytes bounds what whoever orders takes on before it is
	// committed; beyond it Submit is refused (rsm.ErrBusy). Default 64 MiB.
	MaxUncommittedBytes int64
	// Resend is after how long without progress entries are sent again. Default
	// 100 ms.
	Resend time.Duration

	// CheckpointThreshold is the size of the history, in bytes, at which a
	// checkpoint is taken and the history cut: at the earliest, for it may grow to
	// half the size of the last checkpoint. Default 64 MiB.
	CheckpointThreshold int64
	// KeepBytes is how much of the history before a checkpoint stays in memory,
	// for replicas that lag a little. Default an eighth of CheckpointThreshold.
	KeepBytes int64
	// CheckpointChunk is the size of the pieces in which a checkpoint is fetched.
	// Default 256 KiB.
	CheckpointChunk int
	// Whole has recruits begin with a checkpoint even if the history would do.
	Whole bool
}

// WithDefaults fills in the defaults.
func (l Limits) WithDefaults() Limits {
	setDefault(&l.MaxInflight, 256)
	setDefault(&l.MaxEntriesPerMessage, 1024)
	setDefault(&l.MaxBatchBytes, 256<<10)
	setDefault(&l.MaxUncommittedBytes, 64<<20)
	setDefault(&l.Resend, 100*time.Millisecond)
	setDefault(&l.CheckpointThreshold, 64<<20)
	setDefault(&l.KeepBytes, l.CheckpointThreshold/8)
	setDefault(&l.CheckpointChunk, 256<<10)
	return l
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate reports the first setting that makes no sense.
func (l Limits) Validate() error {
	l = l.WithDefaults()
	switch {
	case l.MaxInflight < 1 || l.MaxEntriesPerMessage < 1 || l.MaxBatchBytes < 1 || l.MaxUncommittedBytes < 1:
		return fmt.Errorf("relay: flow control limits must be positive")
	case l.MaxBatchBytes > 16<<20:
		return fmt.Errorf("relay: MaxBatchBytes must be at most 16 MiB, is %d", l.MaxBatchBytes)
	case l.Resend <= 0:
		return fmt.Errorf("relay: Resend must be positive, is %v", l.Resend)
	case l.CheckpointThreshold < 1 || l.KeepBytes < 0:
		return fmt.Errorf("relay: checkpoint settings must be positive")
	case l.CheckpointChunk < 1 || l.CheckpointChunk > 4<<20:
		return fmt.Errorf("relay: CheckpointChunk must be within 1 and 4 MiB, is %d", l.CheckpointChunk)
	}
	return nil
}
