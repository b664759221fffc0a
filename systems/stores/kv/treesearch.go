package kv

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

// child returns which child p belongs to.
func (t *tree) child(n *treeNode, p *probe) int {
	i, equal := t.find(n, p)
	if equal {
		i++
	}
	return i
}

func (n *treeNode) leaf() bool { return n.children == nil }

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
