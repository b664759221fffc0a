// Package digraph is a directed graph whose edges have kinds, and the questions
// that a theory of serializability asks of one: is there a cycle of such edges,
// which is the shortest, and if there is none, in which order can the nodes go?
//
// Nodes are 0, 1, 2 and so on. A Kind is a set of up to sixteen properties of an
// edge, whose meaning is the user's; an edge belongs to every question that asks
// for one of its kinds (Kind.Has).
//
//	Components  strongly connected components (Tarjan, SIAM J. Comput. 1972),
//	            without recursion, in time linear in nodes and edges
//	Order       a topological order (Kahn 1962), the least node first
//	Path        a shortest path, by breadth
//	Cycle, Loop a shortest cycle through an edge, or through a node
//
// All answers are functions of the nodes, the edges and the order in which the
// edges were added.
//
// Users: precedence graphs of schedules (systems/txn/schedule) and dependency
// graphs of recorded histories (kernel/check/isolation).
package digraph
