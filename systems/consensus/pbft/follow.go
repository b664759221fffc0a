package pbft

import (
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/node"
)

// A follower is a host without a vote that executes what the group has ordered, and
// trusts no replica: a number has committed when f+1 say so, requests are those that
// have the digest, a state is one that a quorum has signed. Its doors answer from its
// own state. It is what a client runs on its own side to use a service of package rsm
// as if it were local: what it is told, f+1 replicas have said. To the group it is a
// client, with a key that it has introduced, and its commands are ordered as any client's.
type follower struct {
	addr     node.Addr
	executed SeqNo
	heard    time.Duration
}

// maxFollowers bounds the hosts that follow. More are not answered until one of
// those has been silent for forgetAfter status intervals.
const (
	maxFollowers = 64
	forgetAfter  = 20
)

// receiveFollowing handles what a follower may be told.
func (r *PBFT) receiveFollowing(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Status:
		r.onStatus(m)
	case *Decided:
		r.onDecided(m)
	case *Proof:
		r.onProof(m)
	case *Batch:
		r.onBatch(m)
	case *Part:
		r.onPart(from, m)
	case *Introduce:
		r.onIntroduce(from, m)
	case *NewKey:
		r.onNewKey(from, m)
	default:
		return false
	}
	return true
}

// sendFollow tells the replicas what this follower has, and that it is there.
func (r *PBFT) sendFollow() {
	m := &Follow{Host: r.env.Self(), Stable: r.low(), Executed: r.executed}
	m.Auth = r.authenticator(m.content())
	r.all(m)
}

// onFollow sends a follower what it lacks, and remembers to tell it what commits.
func (r *PBFT) onFollow(m *Follow) {
	if !r.keys.verify(m.Host, m.Auth.at(r.group.self), m.content()) {
		return
	}
	moved, known := r.noteFollower(m)
	if !known || r.recovering() {
		return
	}
	s := r.makeStatus()
	s.Auth = r.tagFor(m.Host, s.content())
	r.env.Send(m.Host, s)
	if m.Stable < r.low() {
		r.env.Send(m.Host, &Proof{Checkpoints: r.stable.proof})
	}
	if moved {
		return
	}
	for n := m.Executed + 1; n <= min(r.executed, m.Executed+maxResend); n++ {
		if s := r.slots[n]; s != nil && s.committed {
			r.tellFollower(m.Host, n, s.decided)
		}
	}
}

// noteFollower tells whether a follower has moved since it was last heard, and
// whether there is room for it.
func (r *PBFT) noteFollower(m *Follow) (moved, known bool) {
	now := r.env.Elapsed()
	r.followers = slices.DeleteFunc(r.followers, func(f follower) bool { return now-f.heard > forgetAfter*r.cfg.StatusInterval })
	at, known := r.follower(m.Host)
	if !known {
		if len(r.followers) >= maxFollowers {
			return false, false
		}
		r.followers = slices.Insert(r.followers, at, follower{addr: m.Host})
	}
	f := &r.followers[at]
	moved = f.executed != m.Executed
	f.executed, f.heard = m.Executed, now
	return moved, true
}

// follower finds one among those who are known, which are sorted.
func (r *PBFT) follower(a node.Addr) (at int, known bool) {
	return slices.BinarySearchFunc(r.followers, a, func(f follower, a node.Addr) int {
		return strings.Compare(string(f.addr), string(a))
	})
}

func (r *PBFT) tellFollower(a node.Addr, n SeqNo, d Digest) {
	m := &Decided{Seq: n, Digest: d, Replica: r.group.self}
	m.Auth = r.tagFor(a, m.content())
	r.env.Send(a, m)
}

// tagFor is an authenticator for one host that is no replica.
func (r *PBFT) tagFor(a node.Addr, content []byte) Authenticator {
	t := r.keys.tag(a, content)
	return t[:]
}

// serves tells whether a host is sent parts of the state and of the log: the state's
// integrity is what the group protects, and its secrecy is not.
func (r *PBFT) serves(a node.Addr) bool {
	_, member := r.group.id(a)
	_, follows := r.follower(a)
	return member || follows
}
