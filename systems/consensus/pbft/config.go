package pbft

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Config is the knobs of one replica. The zero value of a field means its
// default.
type Config struct {
	// Members are the replicas, the same on each of them, sorted or not. The
	// group is fixed: with n members it survives f = (n-1)/3 liars.
	Members []node.Addr

	// Identity is the seed of this replica's signing key (32 bytes). With none a
	// key is drawn at the first start and kept on disk.
	Identity []byte
	// Keys are the public keys of replicas and clients. Whoever is not among them
	// introduces himself, over the kernel's link, and is held to the first key
	// that he showed (see exchange.go).
	Keys map[node.Addr]ed25519.PublicKey
	// Clients bounds how many clients may introduce themselves. Default 256.
	Clients int

	// ViewTimeout is how long a backup waits for a request to be executed before it
	// asks for another primary. It doubles with each view change in a row.
	// Default 500 ms.
	ViewTimeout time.Duration
	// StatusInterval is how often replicas tell one another where they are, so
	// that what was lost is sent again. Default ViewTimeout/5.
	StatusInterval time.Duration
	// KeyLifetime is when session keys are replaced. Default 1 minute.
	KeyLifetime time.Duration

	// CheckpointInterval is K: a checkpoint is taken at sequence numbers that K
	// divides. Equal on all replicas. Default 128.
	CheckpointInterval int
	// Window is L, how far the high water mark is above the low one. Equal on all
	// replicas, at least K. Default 2K.
	Window int
	// MaxInflight bounds the batches that the primary has ordered and not yet
	// executed; requests gather meanwhile. Default 8.
	MaxInflight int
	// Worthwhile is from how many waiting requests on the primary orders a batch while
	// others are under way: a batch costs each replica the same, however small it is.
	// Default MaxBatch/4.
	Worthwhile int
	// MaxBatch and MaxBatchBytes bound a batch (one request is always allowed).
	// Default 256 and 256 KiB.
	MaxBatch      int
	MaxBatchBytes int
	// MaxOp bounds an operation, in bytes. Default 8 MiB.
	MaxOp int
	// PageSize is that of a leaf of the state's tree, in bytes; equal on all
	// replicas. Default 4,096.
	PageSize int

	// Tentative lets a native replica execute, and reply, when a batch is prepared.
	// An engine of package rsm never does: it could not take an answer back.
	Tentative bool

	// Recover makes this incarnation a proactive recovery: whatever is on the disk
	// but the identity is suspected (see recovery.go).
	Recover bool
	// Counter is that of the secure co-processor, below 2^20: greater in each recovery,
	// or no smaller than in earlier ones if the disk has kept the key epoch since.
	Counter uint64

	// Follow makes this host a follower, which none of Members is: it executes what
	// f+1 of them say has committed, and has no vote (see follow.go).
	Follow bool

	// Verify stands in for ed25519.Verify if it is not nil: who runs many replicas in one
	// process may remember what one of them has verified.
	Verify func(public ed25519.PublicKey, content, signature []byte) bool

	// Observer, if not nil, is told what happens here.
	Observer Observer
}

func (c Config) withDefaults() Config {
	c.Members = slices.Clone(c.Members)
	slices.Sort(c.Members)
	c.Clients = or(c.Clients, 256)
	c.ViewTimeout = or(c.ViewTimeout, 500*time.Millisecond)
	c.StatusInterval = or(c.StatusInterval, c.ViewTimeout/5)
	c.KeyLifetime = or(c.KeyLifetime, time.Minute)
	c.CheckpointInterval = or(c.CheckpointInterval, 128)
	c.Window = or(c.Window, 2*c.CheckpointInterval)
	c.MaxInflight = or(c.MaxInflight, 8)
	c.MaxBatch = or(c.MaxBatch, 256)
	c.Worthwhile = or(c.Worthwhile, max(1, c.MaxBatch/4))
	c.MaxBatchBytes = or(c.MaxBatchBytes, 256<<10)
	c.MaxOp = or(c.MaxOp, 8<<20)
	c.PageSize = or(c.PageSize, 4096)
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
	case len(c.Members) == 0 || len(c.Members) > maxReplicas:
		return fmt.Errorf("pbft: want 1 to %d members, have %d", maxReplicas, len(c.Members))
	case slices.Contains(c.Members, "") || len(slices.Compact(slices.Clone(c.Members))) != len(c.Members):
		return fmt.Errorf("pbft: Members: one of %q is empty or named twice", c.Members)
	case len(c.Identity) != 0 && len(c.Identity) != ed25519.SeedSize:
		return fmt.Errorf("pbft: Identity must have %d bytes, has %d", ed25519.SeedSize, len(c.Identity))
	case c.ViewTimeout < 0 || c.StatusInterval <= 0 || c.KeyLifetime < 0:
		return fmt.Errorf("pbft: times must be positive")
	case c.CheckpointInterval < 1 || c.Window < c.CheckpointInterval || c.Window > maxWindow:
		return fmt.Errorf("pbft: want 1 <= CheckpointInterval <= Window <= %d, have %d and %d", maxWindow, c.CheckpointInterval, c.Window)
	case c.MaxInflight < 1 || c.MaxBatch < 1 || c.Worthwhile < 1 || c.MaxBatchBytes < 1 || c.Clients < 1:
		return fmt.Errorf("pbft: limits must be positive")
	case c.MaxOp < 1 || c.MaxOp > 16<<20 || c.MaxBatchBytes > 16<<20:
		return fmt.Errorf("pbft: MaxOp and MaxBatchBytes must be at most 16 MiB, are %d and %d", c.MaxOp, c.MaxBatchBytes)
	case c.Follow && (c.Recover || c.Tentative):
		return fmt.Errorf("pbft: a follower neither recovers nor executes tentatively")
	case c.PageSize < 1 || c.PageSize > 1<<20:
		return fmt.Errorf("pbft: PageSize must be within 1 and 1 MiB, is %d", c.PageSize)
	}
	return nil
}

// Bounds of what a group may be.
const (
	maxReplicas = 100
	maxWindow   = 1 << 14
)
