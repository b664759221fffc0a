package kv

// cursor walks a tree that nobody changes meanwhile.
type cursor struct {
	tree *tree
	path []step // from the root to a leaf
	v    version
	key  string // of v
	ok   bool   // v is there
}

type step struct {
	node *treeNode
	at   int // child, or in a leaf entry
}

// from returns a cursor on the first version that is not before p.
func (t *tree) from(p probe) *cursor {
	c := &cursor{tree: t, path: make([]step, 0, 8)}
	c.seek(p)
	return c
}

func (c *cursor) seek(p probe) {
	c.path = c.path[:0]
	n := c.tree.root
	if n == nil {
		c.ok = false
		return
	}
	for !n.leaf() {
		i := c.tree.child(n, &p)
		c.path = append(c.path, step{n, i})
		n = n.children[i]
	}
	i, _ := c.tree.find(n, &p)
	c.path = append(c.path, step{n, i})
	c.settle()
}

func (c *cursor) next() {
	c.path[len(c.path)-1].at++
	c.settle()
}

// settle moves on to the next leaf if this one is at its end, and reads.
func (c *cursor) settle() {
	last := &c.path[len(c.path)-1]
	if last.at == len(last.node.refs) && !c.nextLeaf() {
		c.ok = false
		return
	}
	last = &c.path[len(c.path)-1]
	c.v, c.ok = c.tree.arena.at(last.node.refs[last.at]), true
	c.key = c.v.key()
}

func (c *cursor) nextLeaf() bool {
	up := len(c.path) - 2
	for up >= 0 && c.path[up].at == len(c.path[up].node.children)-1 {
		up--
	}
	if up < 0 {
		return false
	}
	c.path[up].at++
	c.path = c.path[:up+1]
	for n := c.path[up].node.children[c.path[up].at]; ; n = n.children[0] {
		c.path = append(c.path, step{n, 0})
		if n.leaf() {
			return true
		}
	}
}

// first returns the first version that is not before p.
func (t *tree) first(p probe) (version, bool) {
	var at [8]step // deep enough for more versions than memory holds
	c := cursor{tree: t, path: at[:0]}
	c.seek(p)
	return c.v, c.ok
}

// ascend calls yield for all versions that are not before p, in order, until it
// returns false.
func (t *tree) ascend(p probe, yield func(version) bool) {
	if t.root != nil {
		t.visit(t.root, &p, yield)
	}
}

// visit starts at p, or at the beginning if p is nil.
func (t *tree) visit(n *treeNode, p *probe, yield func(version) bool) bool {
	start := 0
	if n.leaf() {
		if p != nil {
			start, _ = t.find(n, p)
		}
		for _, r := range n.refs[start:] {
			if !yield(t.arena.at(r)) {
				return false
			}
		}
		return true
	}
	if p != nil {
		start = t.child(n, p)
	}
	for i, c := range n.children[start:] {
		if i > 0 {
			p = nil
		}
		if !t.visit(c, p, yield) {
			return false
		}
	}
	return true
}

// all calls yield for all versions in order, until it returns false.
func (t *tree) all(yield func(version) bool) {
	if t.root != nil {
		t.visit(t.root, nil, yield)
	}
}

// allRefs is all for who wants to know where the versions lie.
func (t *tree) allRefs(yield func(ref) bool) {
	if t.root != nil {
		t.root.allRefs(yield)
	}
}

func (n *treeNode) allRefs(yield func(ref) bool) bool {
	for _, r := range n.refs {
		if !yield(r) {
			return false
		}
	}
	for _, c := range n.children {
		if !c.allRefs(yield) {
			return false
		}
	}
	return true
}
