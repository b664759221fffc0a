package kv

import "slices"

// set adds a version in the place of the one that equals it. It returns that
// one, and whether there was one.
func (t *tree) set(r ref) (old ref, replaced bool) {
	if t.root == nil {
		t.root = &treeNode{owner: t.owner}
	}
	t.root = t.mine(t.root)
	i := insertion{ref: r, v: t.arena.head(r)}
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
