package kv

import (
	"github.com/tidwall/btree"
)

// state is all that a capture must keep: the replicated state but for what can
// be told from the rest of it. Its trees are persistent and its versions
// immutable, so that copy costs next to nothing: a table of a word or three for
// each slab of the arena.
type state struct {
	rev       Revision // of the newest change
	compacted Revision // reads before it are refused; -1 if there was no compaction
	swept     place    // what the changes up to here superseded is gone
	trimmed   place    // the changes up to here are no longer listed

	arena   *arena               // the bytes of the versions in live and history
	live    *tree                // the newest version of each key that exists
	history *tree                // deep: superseded versions and deletions
	leases  *btree.BTreeG[lease] // by ID
	alarms  []Alarm              // by member and kind; replaced, never changed

	bytes  int64  // length of all versions in both trees
	digest uint64 // sum of the hashes of all versions and leases, see hash.go
}

// newState returns the empty store. Like etcd's it starts at revision 1.
func newState(o Options) state {
	a := newArena(o)
	return state{
		rev:       1,
		compacted: -1,
		arena:     a,
		live:      newTree(a, false),
		history:   newTree(a, true),
		leases:    btree.NewBTreeGOptions(lessByID, btree.Options{NoLocks: true}),
	}
}

// copy returns a state that later changes to s do not reach.
func (s *state) copy() state {
	c := *s
	c.arena = s.arena.view()
	c.live, c.history, c.leases = s.live.copy(c.arena), s.history.copy(c.arena), s.leases.Copy()
	return c
}

func lessByID(a, b lease) bool { return a.id < b.id }

// add and remove keep the sums over all versions.
func (s *state) add(v version) {
	s.bytes += int64(len(v))
	s.digest += v.hash()
}

func (s *state) remove(v version) {
	s.bytes -= int64(len(v))
	s.digest -= v.hash()
}
