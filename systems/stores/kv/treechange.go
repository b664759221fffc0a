package kv

import "slices"

// set adds v in the place of the version that equals it, if there is one.
func (t *tree) set(v version) (old version) {
	if t.root == nil {
		t.root = &treeNode{owner: t.owner}
	}
	t.root = t.mine(t.root)
	p := probeOf(v)
	old, right, separator := t.insert(t.root, &p, v, bounds{})
	if right != nil {
		t.root = t.parent(t.root, right, separator)
	}
	return old
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
		b.low = n.entries[child-1]
	}
	if child < len(n.entries) {
		b.high = n.entries[child]
	}
	return b
}

// insert adds v below n, which is the tree's own. If n had to be split it
// returns the new right half and what separates the two.
func (t *tree) insert(n *treeNode, p *probe, v version, b bounds) (old version, right *treeNode, separator version) {
	i, equal := t.find(n, p)
	if n.leaf() {
		if equal {
			old, n.entries[i] = n.entries[i], v
			return old, nil, ""
		}
		n.insertEntry(i, v)
		n.count++
	} else {
		if equal {
			i++
		}
		child := t.mine(n.children[i])
		n.children[i] = child
		old, right, separator = t.insert(child, p, v, b.of(n, i))
		if old == "" {
			n.count++
		}
		if right == nil {
			return old, nil, ""
		}
		n.insertEntry(i, separator)
		n.children = slices.Insert(n.children, i+1, right)
	}
	if len(n.entries) <= treeMost {
		return old, nil, ""
	}
	right, separator = t.split(n, n.splitAt(i, b), b)
	return old, right, separator
}

// splitAt returns where to split a node that has just got its i-th entry. One
// that grew at the right end of the tree will be passed over: keys that come in
// ascending order leave full nodes behind.
func (n *treeNode) splitAt(i int, b bounds) int {
	last := len(n.entries) - 1
	switch {
	case b.high != "" || i < last:
		return len(n.entries) / 2
	case n.leaf():
		return last
	}
	return last - 1 // an inner node keeps two children at least
}

// growth is by how many entries a node gets longer at a time. Nodes are many,
// so little room is left unused in each.
const growth = 8

func (n *treeNode) insertEntry(i int, v version) {
	if len(n.entries) == cap(n.entries) {
		n.entries = append(make([]version, 0, len(n.entries)+growth), n.entries...)
		n.heads = append(make([]uint64, 0, len(n.heads)+growth), n.heads...)
	}
	n.entries = slices.Insert(n.entries, i, v)
	n.heads = slices.Insert(n.heads, i, head(v.key(), n.skip))
}

// split moves what is at and behind an entry into a new node. A leaf keeps that
// entry in the right half; of an inner node it becomes the separator.
func (t *tree) split(n *treeNode, at int, b bounds) (right *treeNode, separator version) {
	right = &treeNode{owner: t.owner}
	if n.leaf() {
		p := probeOf(n.entries[at])
		separator = pivot(view(p.key), p.main)
		right.entries = append(make([]version, 0, len(n.entries)-at+growth), n.entries[at:]...)
	} else {
		separator = n.entries[at]
		right.entries = slices.Clone(n.entries[at+1:])
		right.children = slices.Clone(n.children[at+1:])
		n.children = slices.Clone(n.children[:at+1])
	}
	n.entries = slices.Clone(n.entries[:at])
	n.refresh(bounds{b.low, separator})
	right.refresh(bounds{separator, b.high})
	return right, separator
}

// refresh makes heads and count anew, for other bounds or entries than before.
func (n *treeNode) refresh(b bounds) {
	n.skip = b.skip()
	n.heads = make([]uint64, len(n.entries), cap(n.entries))
	for i, v := range n.entries {
		n.heads[i] = head(v.key(), n.skip)
	}
	n.count = len(n.entries)
	if !n.leaf() {
		n.count = 0
		for _, c := range n.children {
			n.count += c.count
		}
	}
}

// parent puts a node on top of two.
func (t *tree) parent(left, right *treeNode, separator version) *treeNode {
	n := &treeNode{owner: t.owner, entries: []version{separator}, children: []*treeNode{left, right}}
	n.refresh(bounds{})
	return n
}

// delete removes the version that equals p and returns it, or "".
func (t *tree) delete(p probe) (old version) {
	if _, ok := t.get(p); !ok {
		return ""
	}
	t.root = t.mine(t.root)
	old = t.remove(t.root, &p, bounds{})
	if n := t.root; n.count == 0 {
		t.root = nil
	} else if len(n.children) == 1 {
		t.root = n.children[0]
	}
	return old
}

// remove takes the version that equals p, which there is, from below n, which
// is the tree's own.
func (t *tree) remove(n *treeNode, p *probe, b bounds) (old version) {
	n.count--
	i, equal := t.find(n, p)
	if n.leaf() {
		old = n.entries[i]
		n.entries = slices.Delete(n.entries, i, i+1)
		n.heads = slices.Delete(n.heads, i, i+1)
		return old
	}
	if equal {
		i++
	}
	child := t.mine(n.children[i])
	n.children[i] = child
	old = t.remove(child, p, b.of(n, i))
	if len(child.entries) < treeLeast {
		t.join(n, max(0, i-1), b)
	}
	return old
}

// join makes one node of child i and the next, or two of equal length if one
// would be too long. An inner node has two children at least.
func (t *tree) join(n *treeNode, i int, b bounds) {
	if len(n.children) < 2 {
		return
	}
	left, right := t.mine(n.children[i]), n.children[i+1]
	if !left.leaf() {
		left.entries = append(left.entries, n.entries[i])
		left.children = append(left.children, right.children...)
	}
	left.entries = append(left.entries, right.entries...)
	n.children[i] = left
	n.children = slices.Delete(n.children, i+1, i+2)
	n.entries = slices.Delete(n.entries, i, i+1)
	n.heads = slices.Delete(n.heads, i, i+1)
	outer := b.of(n, i)
	left.refresh(outer)
	if len(left.entries) <= treeMost {
		return
	}
	right, separator := t.split(left, len(left.entries)/2, outer)
	n.insertEntry(i, separator)
	n.children = slices.Insert(n.children, i+1, right)
}
