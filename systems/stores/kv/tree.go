package kv

import "slices"

// tree is an ordered set of versions: a B+tree that is cheap to search, and
// persistent, so that a copy costs nothing.
//
// Order. By key; a tree that keeps several versions of a key (deep) has the
// newest first.
//
// Search. Versions lie scattered in memory, and to look at one is a cache miss.
// So a node keeps beside each entry eight bytes of its key, its head, and
// searches those; only entries of equal heads are looked at. The eight bytes
// come after the prefix that all keys of the node must share. That is the common
// prefix of the two separators that bound the node (Bayer and Unterauer, Prefix
// B-trees, 1977), so whoever searches here is known to have it, too: it need not
// be compared, and it changes only when a node is split or joined. The many
// versions that a deep tree has of one key have one head; a second word, the
// tie, orders those.
//
// Persistence. A node belongs to the owner that made it. Copying gives both
// trees a new owner, and who changes a node of another owner clones it first.
type tree struct {
	arena *arena    // where the versions lie
	root  *treeNode // nil if empty
	deep  bool
	owner *treeOwner
}

type treeOwner struct{ _ byte } // not empty, so that each has an address of its own

// treeNode is a leaf, whose entries are what the tree holds, or has separators
// for entries and one child more: child i holds what lies before entry i and not
// before entry i-1.
type treeNode struct {
	owner *treeOwner
	skip  int      // length of the prefix that all keys share
	count int      // of versions below
	heads []uint64 // of entries
	ties  []uint64 // of entries, if the tree is deep

	refs       []ref       // of a leaf
	separators []version   // else; pivots
	children   []*treeNode // else
}

// A node that holds more than most entries is split, one that holds fewer than
// least is joined with a neighbour.
const (
	treeMost  = 64
	treeLeast = treeMost / 4
)

func newTree(a *arena, deep bool) *tree { return &tree{arena: a, deep: deep, owner: new(treeOwner)} }

// copy returns a tree that changes of this one do not reach, and the reverse.
// It finds its versions in a, a view of the arena.
func (t *tree) copy(a *arena) *tree {
	c := *t
	t.owner, c.owner, c.arena = new(treeOwner), new(treeOwner), a
	return &c
}

// entry returns the i-th entry of n.
func (t *tree) entry(n *treeNode, i int) version {
	if n.leaf() {
		return t.arena.head(n.refs[i])
	}
	return n.separators[i]
}

func (t *tree) len() int {
	if t.root == nil {
		return 0
	}
	return t.root.count
}

// mine returns n, or a clone if another tree may see n.
func (t *tree) mine(n *treeNode) *treeNode {
	if n.owner == t.owner {
		return n
	}
	c := *n
	c.owner = t.owner
	c.heads, c.ties, c.refs = slices.Clone(n.heads), slices.Clone(n.ties), slices.Clone(n.refs)
	c.separators, c.children = slices.Clone(n.separators), slices.Clone(n.children)
	return &c
}
