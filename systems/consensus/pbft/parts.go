package pbft

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// sortParts puts pages last, so that they are asked for first: what is nearly
// complete gets done.
func sortParts(all []part) {
	//parley:noties no two parts have the same level and index
	slices.SortFunc(all, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.level, a.level), cmp.Compare(b.index, a.index))
	})
}

func joinDigests(all []Digest) []byte {
	b := make([]byte, 0, len(all)*len(Digest{}))
	for _, d := range all {
		b = append(b, d[:]...)
	}
	return b
}

// splitDigests is the inverse; what is left over belongs to no digest, and makes
// none come out right.
func splitDigests(b []byte) []Digest {
	var all []Digest
	for len(b) >= len(Digest{}) && len(all) < fanout {
		all = append(all, Digest(b[:len(Digest{})]))
		b = b[len(Digest{}):]
	}
	return all
}

// rootLength is that of what a root is the digest of: size, level, top.
const rootLength = 8 + 1 + len(Digest{})

func splitRoot(b []byte) (size, level int, top Digest) {
	return int(binary.BigEndian.Uint64(b)), int(b[8]), Digest(b[9:])
}

func rootOf(b []byte) Digest {
	if len(b) != rootLength {
		return Digest{}
	}
	return rootDigest(splitRoot(b))
}
