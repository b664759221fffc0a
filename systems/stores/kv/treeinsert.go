package kv

import "slices"

// set adds a version in the place of the one that equals it. It returns that
// one, and whether there was one.
func (t *tree) set(r ref) (old ref, replaced bool) {
	if t.root == nil {
		t.root = &treeNode{owner: t.owner}
	}
	t.root = t.mine(t.root)
	i := insertion{ref: r, v: t.arena.at(r)}
	i.p = probeOf(i.v)
	right, separator := t.insert(t.root, &i, bounds{})
	if right != nil {
		t.root = t.parent(t.root, right, separator)
	}
	return i.old, i.replaced
}

// insertion is one set on its way down.
type insertion struct {
	ref      ref
	v        version
	p        probe
	old      ref
	replaced bool
}

// bounds are the separators around a node; empty ones lie at infinity.
type bounds struct{ low, high version }

// skip returns the length of the prefix that both bounds share.
func (b bounds) skip() int {
	if b.low == "" || b.high == "" {
		return 0
	}
	low, high := b.low.key(), b.high.key()
	n := 0
	for n < len(low) && n < len(high) && low[n] == high[n] {
		n++
	}
	return n
}

// of returns the bounds of a child.
func (b bounds) of(n *treeNode, child int) bounds {
	if child > 0 {
		b.low = n.separators[child-1]
	}
	if child < len(n.separators) {
		b.high = n.separators[child]
	}
	return b
}

// insert adds below n, which is the tree's own. If n had to be split it returns
// the new right half and what separates the two.
func (t *tree) insert(n *treeNode, in *insertion, b bounds) (right *treeNode, separator version) {
	i, equal := t.find(n, &in.p)
	switch {
	case !n.leaf():
		if equal {
			i++
		}
		if !t.insertBelow(n, i, in, b) {
			return nil, ""
		}
	case equal:
		in.old, in.replaced, n.refs[i] = n.refs[i], true, in.ref
		return nil, ""
	default:
		n.refs = slices.Insert(grown(n.refs), i, in.ref)
		t.insertHead(n, i, &in.p)
		n.count++
	}
	if len(n.heads) <= treeMost {
		return nil, ""
	}
	return t.split(n, n.splitAt(i, b), b)
}

// insertBelow adds to a child and tells whether n got another one by that.
func (t *tree) insertBelow(n *treeNode, i int, in *insertion, b bounds) bool {
	child := t.mine(n.children[i])
	n.children[i] = child
	right, separator := t.insert(child, in, b.of(n, i))
	if !in.replaced {
		n.count++
	}
	if right == nil {
		return false
	}
	t.insertChild(n, i, separator, right)
	return true
}

// insertChild puts a child behind the i-th.
func (t *tree) insertChild(n *treeNode, i int, separator version, right *treeNode) {
	n.separators = slices.Insert(n.separators, i, separator)
	p := probeOf(separator)
	t.insertHead(n, i, &p)
	n.children = slices.Insert(n.children, i+1, right)
}

// splitAt returns where to split a node that has just got its i-th entry. One
// that grew at the right end of the tree will be passed over: keys that come in
// ascending order leave full nodes behind.
func (n *treeNode) splitAt(i int, b bounds) int {
	last := len(n.heads) - 1
	switch {
	case b.high != "" || i < last:
		return len(n.heads) / 2
	case n.leaf():
		return last
	}
	return last - 1 // an inner node keeps two children at least
}

// growth is by how many entries a leaf gets longer at a time. Leaves are many,
// so little room is left unused in each.
const growth = 8

func grown[T any](list []T) []T {
	if len(list) < cap(list) {
		return list
	}
	return append(make([]T, 0, len(list)+growth), list...)
}

// split moves what is at and behind an entry into a new node. A leaf keeps that
// entry in the right half; of an inner node it becomes the separator.
func (t *tree) split(n *treeNode, at int, b bounds) (right *treeNode, separator version) {
	right = &treeNode{owner: t.owner}
	if n.leaf() {
		p := probeOf(t.entry(n, at))
		separator = pivot(p)
		right.refs = grown(slices.Clip(n.refs[at:]))
		n.refs = slices.Clone(n.refs[:at])
	} else {
		separator = n.separators[at]
		right.separators, right.children = slices.Clone(n.separators[at+1:]), slices.Clone(n.children[at+1:])
		n.separators, n.children = slices.Clone(n.separators[:at]), slices.Clone(n.children[:at+1])
	}
	t.refresh(n, bounds{b.low, separator})
	t.refresh(right, bounds{separator, b.high})
	return right, separator
}

// refresh makes heads, ties and count anew, for other bounds or entries than
// before.
func (t *tree) refresh(n *treeNode, b bounds) {
	n.skip = b.skip()
	entries, room := len(n.separators), len(n.separators)
	if n.leaf() {
		entries, room = len(n.refs), cap(n.refs)
	}
	n.count = len(n.refs)
	for _, c := range n.children {
		n.count += c.count
	}
	n.heads = make([]uint64, entries, room)
	if t.deep {
		n.ties = make([]uint64, entries, room)
	}
	for i := range n.heads {
		p := probeOf(t.entry(n, i))
		n.heads[i] = head(p.key, n.skip)
		if t.deep {
			n.ties[i] = p.tie(n.skip)
		}
	}
}

// parent puts a node on top of two.
func (t *tree) parent(left, right *treeNode, separator version) *treeNode {
	n := &treeNode{owner: t.owner, separators: []version{separator}, children: []*treeNode{left, right}}
	t.refresh(n, bounds{})
	return n
}
