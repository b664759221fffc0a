package rsm

import (
	"fmt"
	"time"
)

// Config is a replica's knobs. The zero value of a field means its default.
type Config struct {
	// RetryAfter is how long a forwarded command or a read barrier may go
	// unanswered before it is sent again. Default 300 ms; a few round trips.
	RetryAfter time.Duration
	// Timeout is when a proposal or a read is given up. Default 7 s.
	Timeout time.Duration

	// MaxOutstanding bounds the proposals, the reads, and the remote requests
	// that wait at this replica, each: more are answered ErrBusy. Default and
	// maximum 16,384, the window of a session.
	MaxOutstanding int
	// MaxCommand bounds a command, in bytes. Default 1.5 MiB.
	MaxCommand int
	// MaxBatchBytes is when a batch of commands is closed. Default 64 KiB: a
	// disk syncs up to about that much in the time that it takes for nothing.
	MaxBatchBytes int
	// Pipeline is how many batches may be on their way before further commands
	// gather for the next one. Default 2: the next batch fills while one is
	// written. A long way between the hosts wants more.
	Pipeline int
	// Worthwhile is from how many bytes on a leader submits a batch beside others
	// that are on their way. Default 16 KiB, and at most MaxBatchBytes: the log
	// writes a small batch no sooner than the one before it, so that it gains
	// nothing by setting out, and every replica pays for a sync of it. A long way
	// between the hosts wants 1.
	Worthwhile int

	// MaxSessions bounds the table of sessions; when it is full the one that
	// was used longest ago gives way. It takes effect through the log, so that
	// replicas whose settings differ still agree. Default 4,096.
	MaxSessions int

	// Stranger tells that a host has no business in the group: of what it sends, only
	// requests of clients are taken. Nil: every host that can send is trusted with
	// the engine's messages.
	Stranger func(host string) bool
}

// Window is how far a session's sequence numbers may run ahead of what its
// owner acknowledged. It is a part of the replicated state's meaning: another
// value is another version of the format.
const Window = 1 << 14

func (c Config) withDefaults() Config {
	c.RetryAfter = or(c.RetryAfter, 300*time.Millisecond)
	c.Timeout = or(c.Timeout, 7*time.Second)
	c.MaxOutstanding = or(c.MaxOutstanding, Window)
	c.MaxCommand = or(c.MaxCommand, 3<<19)
	c.MaxBatchBytes = or(c.MaxBatchBytes, 64<<10)
	c.Pipeline = or(c.Pipeline, 2)
	c.Worthwhile = min(or(c.Worthwhile, 16<<10), c.MaxBatchBytes)
	c.MaxSessions = or(c.MaxSessions, 4096)
	return c
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// Validate reports the first setting that makes no sense.
func (c Config) Validate() error {
	c = c.withDefaults()
	switch {
	case c.RetryAfter < 0 || c.Timeout < c.RetryAfter:
		return fmt.Errorf("rsm: want 0 < RetryAfter <= Timeout, have %v and %v", c.RetryAfter, c.Timeout)
	case c.MaxOutstanding < 1 || c.MaxOutstanding > Window:
		return fmt.Errorf("rsm: MaxOutstanding must be within 1 and %d, is %d", Window, c.MaxOutstanding)
	case c.MaxCommand < 1 || c.MaxCommand > 32<<20:
		return fmt.Errorf("rsm: MaxCommand must be within 1 and 32 MiB, is %d", c.MaxCommand)
	case c.MaxBatchBytes < 1 || c.MaxBatchBytes > 8<<20:
		return fmt.Errorf("rsm: MaxBatchBytes must be within 1 and 8 MiB, is %d", c.MaxBatchBytes)
	case c.Pipeline < 1 || c.Pipeline > 1024:
		return fmt.Errorf("rsm: Pipeline must be within 1 and 1024, is %d", c.Pipeline)
	case c.Worthwhile < 1:
		return fmt.Errorf("rsm: Worthwhile must be at least 1 byte, is %d", c.Worthwhile)
	case c.MaxSessions < 1 || c.MaxSessions > 1<<20:
		return fmt.Errorf("rsm: MaxSessions must be within 1 and 2^20, is %d", c.MaxSessions)
	}
	return nil
}
