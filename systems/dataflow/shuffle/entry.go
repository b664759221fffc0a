package shuffle

import (
	"cmp"
	"slices"
)

// entry stands for a pair while pairs are sorted: sixteen bytes to move about,
// and in most comparisons all that is looked at.
type entry struct {
	prefix uint64
	ref    uint32 // where the pair is; grows in the order of emission
	part   uint32
}

const entrySize = 16

// sortEntries orders by partition, key, and for equal keys by emission.
func sortEntries(entries []entry, key func(ref uint32) []byte) {
	//parley:noties places in the arena differ
	slices.SortFunc(entries, func(a, b entry) int {
		switch {
		case a.part != b.part:
			return cmp.Compare(a.part, b.part)
		case a.prefix != b.prefix:
			return cmp.Compare(a.prefix, b.prefix)
		}
		if c := compareTails(key(a.ref), key(b.ref)); c != 0 {
			return c
		}
		return cmp.Compare(a.ref, b.ref)
	})
}
