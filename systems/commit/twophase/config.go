package twophase

import (
	"fmt"
	"time"
)

// Config is the knobs of coordinators and participants. The zero value of a field
// means its default.
type Config struct {
	// Variant is the coordinator's; participants learn it with each Prepare.
	Variant Variant
	// VoteTimeout is how long a coordinator waits for votes. Default 1 s.
	VoteTimeout time.Duration
	// ResendAfter is when a decision that was not acknowledged is sent again.
	// Default 250 ms.
	ResendAfter time.Duration
	// DoubtTimeout is how long a participant waits for the decision before it
	// asks; it asks less and less often, down to an eighth as often. Default
	// 500 ms.
	DoubtTimeout time.Duration
	// IdleTimeout is when a transaction that nobody goes on with is given up, as
	// long as nobody voted. Default 10 s.
	IdleTimeout time.Duration
	// Reprepare makes a coordinator log the beginning of the first phase, and
	// after a crash ask for the votes again instead of aborting.
	Reprepare bool

	// Parallel has a transaction recorded beside its votes and committed by them,
	// if the journal can stage it (package register). Nobody votes read-only then.
	Parallel bool

	// MaxActive bounds the unfinished transactions of a coordinator, and the
	// branches of a participant that hold locks. Default 1,024.
	MaxActive int
	// MaxSpan bounds how far a coordinator's newest transaction may be from its
	// oldest unfinished one: for so many, participants remember how they ended, and
	// for four times as many in all. Default 65,536.
	MaxSpan int
	// MaxBranches bounds the participants of a transaction. Default 64.
	MaxBranches int
	// MaxBody bounds an operation, and what a resource needs to restore a
	// prepared transaction, in bytes. Default 1 MiB.
	MaxBody int
	// KeepOutcomes is of how many commits a coordinator can still tell clients
	// that ask again. Default 4,096.
	KeepOutcomes int
	// Checkpoint is after how many records a log is replaced by the state.
	// Default 4,096.
	Checkpoint int
}

func (c Config) withDefaults() Config {
	setDefault(&c.VoteTimeout, time.Second)
	setDefault(&c.ResendAfter, 250*time.Millisecond)
	setDefault(&c.DoubtTimeout, 500*time.Millisecond)
	setDefault(&c.IdleTimeout, 10*time.Second)
	setDefault(&c.MaxActive, 1024)
	setDefault(&c.MaxSpan, 1<<16)
	setDefault(&c.MaxBranches, 64)
	setDefault(&c.MaxBody, 1<<20)
	setDefault(&c.KeepOutcomes, 4096)
	setDefault(&c.Checkpoint, 4096)
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
	case c.Variant > Basic:
		return fmt.Errorf("twophase: there is no variant %d", c.Variant)
	case min(c.VoteTimeout, c.ResendAfter, c.DoubtTimeout, c.IdleTimeout) <= 0:
		return fmt.Errorf("twophase: timeouts must be positive")
	case c.MaxBranches < 1 || c.MaxBranches > 1024:
		return fmt.Errorf("twophase: MaxBranches must be within 1 and 1024, is %d", c.MaxBranches)
	case c.MaxBody < 1 || c.MaxBody > 32<<20:
		return fmt.Errorf("twophase: MaxBody must be within 1 and 32 MiB, is %d", c.MaxBody)
	case min(c.MaxActive, c.MaxSpan, c.KeepOutcomes, c.Checkpoint) < 1:
		return fmt.Errorf("twophase: bounds must be positive")
	}
	return nil
}
