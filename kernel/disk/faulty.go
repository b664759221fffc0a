package disk

import (
	"math/rand/v2"
	"strings"
)

// Faulty is a disk in memory that loses, tears and rots what real ones do. It
// costs memory for what was written only, and one sequence of calls with one
// source of randomness always ends in the same bytes.
//
// Files survive Crash and Kill, the handles do not: a File of an earlier boot
// gives ErrDead. How long a sync takes is the business of whoever simulates
// time: BeginSync and EndSync are its two ends.
type Faulty struct {
	mu       Mutex
	names    map[string]*inode // what a reader sees
	durable  map[string]*inode // what a crash leaves if it keeps none of journal
	journal  []change          // differences between the two, oldest first
	free     []*sector         // used once, for anything
	fresh    []sector          // never used, zero
	slabs    int               // of sectors, made so far
	boot     uint64
	capacity int64
	used     int64
	syncErr  error
}

// NewFaulty returns an empty disk without faults or limits.
func NewFaulty() *Faulty { return &Faulty{} }

// NewUnshared is NewFaulty for a disk that one goroutine uses, as a simulator
// does: it takes no locks.
func NewUnshared() *Faulty { return &Faulty{mu: Mutex{Off: true}} }

// Crash is the loss of power. What was synced stays. Of the rest the disk
// keeps all, nothing, a prefix, or any subset of the 512-byte sectors written,
// as drawn from r; of the unsynced creations, renames and removals a prefix.
func (d *Faulty) Crash(r *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.boot++
	if len(d.journal) > 0 {
		for _, c := range d.journal[:r.IntN(len(d.journal)+1)] {
			c.apply(d.durable)
		}
		d.journal = nil
		d.names = make(map[string]*inode, len(d.durable))
		for name, n := range d.durable {
			d.names[name] = n
		}
	}
	d.used = 0
	for _, name := range d.list("") {
		n := d.names[name]
		n.crash(r)
		n.syncErr = nil
		n.linked = true
		d.used += n.charge()
	}
}

// Kill is the end of the process that used the disk: handles are dead, and
// what was not synced stays so, in the cache of the operating system.
func (d *Faulty) Kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.boot++
	for _, n := range d.names {
		n.syncErr = nil
	}
}

// Wipe empties the disk, as if it had been replaced by a new one.
func (d *Faulty) Wipe() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.boot++
	d.names, d.durable, d.journal, d.free, d.used = nil, nil, nil, nil, 0
}

// FailSync makes every Sync and SyncDir fail with err from now on; nil ends
// that, though a file whose Sync has failed goes on failing until the next
// boot.
func (d *Faulty) FailSync(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.syncErr = err
}

// SetCapacity limits the space that files may take; operations that would
// exceed it give ErrFull. Zero means no limit. Reserved space counts as used.
func (d *Faulty) SetCapacity(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.capacity = bytes
}

// Used returns the space that files take, in bytes.
func (d *Faulty) Used() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

// Files returns the names of the files that begin with prefix, sorted.
func (d *Faulty) Files(prefix string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.list(prefix)
}

// Clone returns a copy of the disk as a reader sees it, all of it synced: to
// try several faults on one state.
func (d *Faulty) Clone() *Faulty {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &Faulty{names: map[string]*inode{}, durable: map[string]*inode{}, used: d.used}
	for name, n := range d.names {
		m := n.clone()
		name = strings.Clone(name)
		c.names[name], c.durable[name] = m, m
	}
	return c
}

func (n *inode) clone() *inode {
	m := &inode{size: n.size, reserved: n.reserved, allocated: n.allocated, epoch: 1, linked: true}
	m.sectors = make([]*sector, len(n.sectors))
	for i, s := range n.sectors {
		if s != nil {
			m.sectors[i] = &sector{data: s.data, bad: s.bad}
		}
	}
	return m
}
