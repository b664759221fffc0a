package kv

import (
	"encoding/binary"
	"slices"
)

// probe is what is searched for.
type probe struct {
	key  string
	main Revision // of no meaning unless the tree is deep
}

func probeOf(v version) probe {
	key, rest := v.split()
	main, _ := uvarint(rest)
	return probe{key, Revision(main)}
}

// compare returns how p is ordered relative to v.
func (t *tree) compare(p *probe, v version) int {
	key, rest := v.split()
	switch {
	case p.key < key:
		return -1
	case p.key > key:
		return +1
	case !t.deep:
		return 0
	}
	main, _ := uvarint(rest)
	switch {
	case p.main > Revision(main):
		return -1
	case p.main < Revision(main):
		return +1
	}
	return 0
}

// less tells whether a comes before b.
func (t *tree) less(a, b version) bool {
	p := probeOf(a)
	return t.compare(&p, b) < 0
}

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

// find returns the first entry that is not before p, and whether it equals p.
func (t *tree) find(n *treeNode, p *probe) (int, bool) {
	h := head(p.key, n.skip)
	low, high := lowerBound(n.heads, h), len(n.heads)
	if low == high || n.heads[low] != h {
		return low, false
	}
	if h < 1<<64-1 {
		high = low + lowerBound(n.heads[low:], h+1)
	}
	if t.deep {
		tie := p.tie(n.skip)
		low += lowerBound(n.ties[low:high], tie)
		if tie != longKey {
			return low, low < high && n.ties[low] == tie
		}
	}
	for low < high {
		mid := int(uint(low+high) / 2)
		switch c := t.compare(p, t.entry(n, mid)); {
		case c == 0:
			return mid, true
		case c < 0:
			high = mid
		default:
			low = mid + 1
		}
	}
	return low, false
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

// child returns which child p belongs to.
func (t *tree) child(n *treeNode, p *probe) int {
	i, equal := t.find(n, p)
	if equal {
		i++
	}
	return i
}

func (n *treeNode) leaf() bool { return n.children == nil }

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

// lookup finds the version that equals p: in a tree that is not deep the one of
// its key.
func (t *tree) lookup(p probe) (ref, bool) {
	n := t.root
	if n == nil {
		return 0, false
	}
	for !n.leaf() {
		n = n.children[t.child(n, &p)]
	}
	if i, ok := t.find(n, &p); ok {
		return n.refs[i], true
	}
	return 0, false
}

// get returns the version that lookup finds.
func (t *tree) get(p probe) (version, bool) {
	r, ok := t.lookup(p)
	if !ok {
		return "", false
	}
	return t.arena.at(r), true
}

// rank returns how many versions come before p.
func (t *tree) rank(p probe) (before int) {
	n := t.root
	if n == nil {
		return 0
	}
	for !n.leaf() {
		i := t.child(n, &p)
		for _, c := range n.children[:i] {
			before += c.count
		}
		n = n.children[i]
	}
	i, _ := t.find(n, &p)
	return before + i
}
