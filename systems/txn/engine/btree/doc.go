// Package btree is the B+tree: keys and values of any length in pages of one
// size. Every change goes through the log (aries), so that a tree is whole after
// any crash, and a rollback finds a key wherever it has gone since.
//
// The root is always page 1: when it splits, its contents move to new children.
// Nodes have no links to their neighbours; who walks along goes by the path.
//
// # How changes are logged
//
//	put, delete     one Splice of one leaf; undone by key (section 6 of
//	                ARIES/IM: the cell may be on another page by then)
//	split, merge    nested top actions of records that are undone on their pages,
//	                which only a crash in their middle asks for
//	take a page     one record for the meta page and the page
//	a long value    one record a page, undone by giving that page back; then the
//	                cell that leads to the chain
//	a long value    cut off is given back when its transaction has committed
//
// # Invariants
//
//	T1  A node's keys lie between the separators to both sides of it in its
//	    parent: not less than the left, less than the right one.
//	T2  All leaves have level 0, and a child's level is one less than its
//	    parent's.
//	T3  Every page but the meta page is in the tree, in exactly one chain, or on
//	    the list of free pages, once.
//	T4  An operation either has changed nothing, or all: it begins by asking the
//	    pool for the most frames it can need.
//
// Splits are done from the leaf upwards only as far as a parent lacks room: a
// parent that may not hold another separator is split first, in a nested top
// action of its own, and the descent begins again. Separators are cut to the
// shortest that separates.
//
// Nodes below a quarter full are merged with a neighbour if both fit into one.
package btree
