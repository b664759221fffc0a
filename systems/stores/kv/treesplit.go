package kv

import "slices"

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
	right = &treeNode{owner: t.owner, skip: n.skip}
	from := at // of the right half
	if n.leaf() {
		p := probeOf(t.entry(n, at))
		separator = pivot(p)
		right.refs = grown(slices.Clip(n.refs[at:]))
		n.refs = slices.Clone(n.refs[:at])
	} else {
		from++
		separator = n.separators[at]
		right.separators, right.children = slices.Clone(n.separators[from:]), slices.Clone(n.children[from:])
		n.separators, n.children = slices.Clone(n.separators[:at]), slices.Clone(n.children[:from])
	}
	right.heads, n.heads = grown(slices.Clip(n.heads[from:])), slices.Clone(n.heads[:at])
	if t.deep {
		right.ties, n.ties = grown(slices.Clip(n.ties[from:])), slices.Clone(n.ties[:at])
	}
	t.rebound(n, bounds{b.low, separator})
	t.rebound(right, bounds{separator, b.high})
	return right, separator
}

// rebound brings a part of a node up to date with its bounds. Mostly they share
// no more than those of the whole did, and no key need be looked at.
func (t *tree) rebound(n *treeNode, b bounds) {
	if n.skip != b.skip() {
		t.refresh(n, b)
		return
	}
	n.recount()
}

func (n *treeNode) recount() {
	n.count = len(n.refs)
	for _, c := range n.children {
		n.count += c.count
	}
}

// refresh makes heads, ties and count anew, for other bounds or entries than
// before.
func (t *tree) refresh(n *treeNode, b bounds) {
	n.skip = b.skip()
	entries, room := len(n.separators), len(n.separators)
	if n.leaf() {
		entries, room = len(n.refs), cap(n.refs)
	}
	n.recount()
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
