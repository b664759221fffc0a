package kv

import "slices"

// delete removes the version that equals p, which there must be, and returns it.
func (t *tree) delete(p probe) ref {
	t.root = t.mine(t.root)
	old := t.remove(t.root, &p, bounds{})
	if n := t.root; n.count == 0 {
		t.root = nil
	} else if len(n.children) == 1 {
		t.root = n.children[0]
	}
	return old
}

// remove takes the version that equals p from below n, which is the tree's own.
func (t *tree) remove(n *treeNode, p *probe, b bounds) (old ref) {
	n.count--
	i, equal := t.find(n, p)
	if n.leaf() {
		if !equal {
			panic("kv: a version is missing from a tree")
		}
		old = n.refs[i]
		n.refs = slices.Delete(n.refs, i, i+1)
		t.deleteHead(n, i)
		return old
	}
	if equal {
		i++
	}
	child := t.mine(n.children[i])
	n.children[i] = child
	old = t.remove(child, p, b.of(n, i))
	if len(child.heads) < treeLeast && len(n.children) > 1 {
		t.join(n, max(0, i-1), b)
	}
	return old
}

// join makes one node of child i and the next, or two of equal length if one
// would be too long.
func (t *tree) join(n *treeNode, i int, b bounds) {
	left, right := t.mine(n.children[i]), n.children[i+1]
	if !left.leaf() {
		left.separators = append(append(left.separators, n.separators[i]), right.separators...)
		left.children = append(left.children, right.children...)
	}
	left.refs = append(left.refs, right.refs...)
	n.children[i] = left
	n.children = slices.Delete(n.children, i+1, i+2)
	n.separators = slices.Delete(n.separators, i, i+1)
	t.deleteHead(n, i)
	outer := b.of(n, i)
	t.refresh(left, outer)
	if len(left.heads) > treeMost {
		right, separator := t.split(left, len(left.heads)/2, outer)
		t.insertChild(n, i, separator, right)
	}
}
