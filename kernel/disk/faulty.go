package disk

import (
	"math/rand/v2"
	"sync"
)

// Faulty is a disk in memory that loses, tears and rots what real ones do. It
// costs memory for what was written only, and one sequence of calls with one
// source of randomness always ends in the same bytes.
//
// Files survive Crash and Kill, the handles do not: a File of an earlier boot
// gives ErrDead. How long a sync takes is the business of whoever simulates
// time: BeginSync splits it into its two ends.
type Faulty struct {
	mu       sync.Mutex
	names    map[string]*inode // what a reader sees
	durable  map[string]*inode // what a crash leaves if it keeps none of journal
	journal  []change          // differences between the two, oldest first
	free     []*sector
	boot     uint64
	capacity int64
	used     int64
	syncErr  error
}

// NewFaulty returns an empty disk without faults or limits.
func NewFaulty() *Faulty { return &Faulty{} }

// Crash is the loss of power. What was synced stays. Of the rest the disk
// keeps all, nothing, a prefix, or any subset of the 512-byte sectors written,
// as drawn from r; of the unsynced creations, renames and removals a prefix.
func (d *Faulty) Crash(r *rand.Rand) { panic("todo") }

// Kill is the end of the process that used the disk: handles are dead, and
// what was not synced stays so, in the cache of the operating system.
func (d *Faulty) Kill() { panic("todo") }

// Wipe empties the disk, as if it had been replaced by a new one.
func (d *Faulty) Wipe() { panic("todo") }

// Rot flips the bits of mask in the byte at offset of a file, behind the back
// of whoever wrote it. It reports whether there was such a byte.
func (d *Faulty) Rot(name string, offset int64, mask byte) bool { panic("todo") }

// RotSomewhere flips one bit of synced data, in a file whose name begins with
// prefix, and tells which. It reports false if there is no synced data.
func (d *Faulty) RotSomewhere(r *rand.Rand, prefix string) (name string, offset int64, ok bool) {
	panic("todo")
}

// Spoil makes the sectors that hold length bytes at offset unreadable, until
// they are written again. It reports whether the file exists.
func (d *Faulty) Spoil(name string, offset, length int64) bool { panic("todo") }

// FailSync makes every Sync and SyncDir fail with err from now on; nil ends
// that, though a file whose Sync has failed goes on failing until the next
// boot.
func (d *Faulty) FailSync(err error) { panic("todo") }

// SetCapacity limits the space that files may take; operations that would
// exceed it give ErrFull. Zero means no limit. Reserved space counts as used.
func (d *Faulty) SetCapacity(bytes int64) { panic("todo") }

// Used returns the space that files take, in bytes.
func (d *Faulty) Used() int64 { panic("todo") }
