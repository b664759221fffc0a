package pbft

import "github.com/parleysystems/parley/node"

// A replica that has asked for another view alone accepts nothing more in the one that
// the others are in (I4), and comes back with the next change of view. Until then it
// is outside: it executes what f+1 others say has committed, as followers do
// (follow.go). They do not let it wait for the next Status: each number is told as soon
// as it is executed, and its requests go to the primary of the others' view. So the
// doors of its host are about as fast as those of the others.

// outside tells whether a replica was last heard of as one that has left this view.
func (r *PBFT) outside(id ReplicaID) bool {
	m := r.heard[id]
	return m != nil && !m.Active && m.View > r.view
}

// toOutsiders sends a message that needs no tag to all who are outside, and to
// followers.
func (r *PBFT) toOutsiders(m node.Message) {
	for id, a := range r.group.members {
		if r.outside(ReplicaID(id)) {
			r.env.Send(a, m)
		}
	}
	for _, f := range r.followers {
		r.env.Send(f.addr, m)
	}
}

// tellOutsiders says that a number has committed here.
func (r *PBFT) tellOutsiders(n SeqNo, d Digest) {
	var m *Decided
	for id, a := range r.group.members {
		if r.outside(ReplicaID(id)) {
			if m == nil {
				m = r.makeDecided(n, d)
			}
			r.env.Send(a, m)
		}
	}
	for _, f := range r.followers {
		r.tellFollower(f.addr, n, d)
	}
}

func (r *PBFT) makeDecided(n SeqNo, d Digest) *Decided {
	m := &Decided{Seq: n, Digest: d, Replica: r.group.self}
	m.Auth = r.authenticator(m.content())
	return m
}

// groupView is the view that this replica is in, or, if that has not begun, one in
// which f+1 others are: a replica may have left it alone, and yet follow.
func (r *PBFT) groupView() View {
	if r.active {
		return r.view
	}
	best := r.view
	for _, m := range r.heard {
		if m == nil || !m.Active {
			continue
		}
		count := 0
		for _, other := range r.heard {
			if other != nil && other.Active && other.View == m.View {
				count++
			}
		}
		if count >= r.group.weak() {
			best = m.View
		}
	}
	return best
}
