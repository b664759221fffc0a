package pbft

import (
	"slices"

	"github.com/parleysystems/parley/node"
)

// View numbers the configurations of a group: in each, one replica is the
// primary.
type View uint64

// ReplicaID is a replica's place among the sorted members, from 0.
type ReplicaID uint8

// group is the fixed set of replicas.
type group struct {
	members []node.Addr // sorted
	self    ReplicaID   // nobody for who is not a member
}

// nobody is the number of who is not a replica: no message names it with success.
const nobody ReplicaID = 255

func newGroup(members []node.Addr, self node.Addr) group {
	g := group{members: members, self: nobody}
	if i := slices.Index(members, self); i >= 0 {
		g.self = ReplicaID(i)
	}
	return g
}

func (g *group) n() int { return len(g.members) }

// f is how many replicas may be faulty.
func (g *group) f() int { return Faults(g.n()) }

// Faults is the most liars that n replicas survive: a quorum must be had without
// them, and two quorums must have more in common than them.
func Faults(n int) int {
	//parley:rule pbft.bound.3f-plus-1 value=n/3
	return (n - 1) / 3
}

func (g *group) quorum() int { return Quorum(g.n()) }

// Quorum is 2f+1 of 3f+1: the least number of which any two sets share f+1 replicas,
// hence one that is not faulty.
func Quorum(n int) int {
	//parley:rule pbft.quorum.overlap pbft.prepare.agreement-within-view pbft.byzantine-primary.equivocation value=2*Faults(n)
	return (n+Faults(n))/2 + 1
}

// weak is f+1: at least one of them is not faulty.
func (g *group) weak() int { return g.f() + 1 }

// primary of a view follows from its number, and nobody has a say in it.
func (g *group) primary(v View) ReplicaID {
	//parley:rule pbft.view.primary-rotation value=g.self
	return ReplicaID(uint64(v) % uint64(g.n()))
}

// has tells whether a message names a replica.
func (g *group) has(id ReplicaID) bool { return int(id) < g.n() }

func (g *group) addr(id ReplicaID) node.Addr { return g.members[id] }

// id returns the replica at an address.
func (g *group) id(a node.Addr) (ReplicaID, bool) {
	i, found := slices.BinarySearch(g.members, a)
	return ReplicaID(i), found
}
