package kv

import (
	"encoding/binary"
	"slices"
)

// head returns the eight bytes of key behind the first skip, zeroes where it is
// shorter. A smaller head means a smaller key; of equal heads nothing is known.
func head(key string, skip int) uint64 {
	if len(key) >= skip+8 {
		return binary.BigEndian.Uint64(view(key[skip : skip+8]))
	}
	var h uint64
	for i := skip; i < len(key); i++ {
		h |= uint64(key[i]) << (56 - 8*(i-skip))
	}
	return h
}

// A tie orders versions of equal heads. If the head shows the whole key, the tie
// is the key's length, as a shorter one comes first, and the revision, newest
// first. It is longKey for keys that are longer, of which nothing is known but
// that they come last.
const (
	tieBits        = 60 // for the revision
	tieMain        = 1<<tieBits - 1
	longKey uint64 = 15 << tieBits
)

func (p *probe) tie(skip int) uint64 {
	shown := len(p.key) - skip
	if shown > 8 {
		return longKey
	}
	return uint64(shown)<<tieBits | (tieMain - min(uint64(p.main), tieMain))
}

// insertHead notes that p is the i-th entry from now on.
func (t *tree) insertHead(n *treeNode, i int, p *probe) {
	n.heads = slices.Insert(grown(n.heads), i, head(p.key, n.skip))
	if t.deep {
		n.ties = slices.Insert(grown(n.ties), i, p.tie(n.skip))
	}
}

// deleteHead forgets the i-th entry.
func (t *tree) deleteHead(n *treeNode, i int) {
	n.heads = slices.Delete(n.heads, i, i+1)
	if t.deep {
		n.ties = slices.Delete(n.ties, i, i+1)
	}
}

// lowerBound returns the first of heads that is h or more.
func lowerBound(heads []uint64, h uint64) int {
	low, n := 0, len(heads)
	for n > 0 {
		half := n / 2
		if heads[low+half] < h {
			low += half + 1
			n -= half + 1
		} else {
			n = half
		}
	}
	return low
}
