package pbft

import (
	"slices"

	"github.com/parleysystems/parley/node"
)

// Nothing is acknowledged: replicas tell one another now and then where they are, and
// whoever has what another lacks sends it (§ 5.2 of TOCS).

// maxResend bounds the numbers for which messages are sent again at a time.
const maxResend = 16

// onStatusTimer is the replica's slow pulse.
func (r *PBFT) onStatusTimer() {
	r.status.Reset(r.cfg.StatusInterval)
	r.refreshKeys()
	r.lookBehind()
	r.fetchMissing()
	r.retryOwn()
	r.retryRecovery()
	r.sendStatus()
}

func (r *PBFT) sendStatus() {
	if r.cfg.Follow {
		r.sendFollow()
		return
	}
	m := r.makeStatus()
	m.Auth = r.authenticator(m.content())
	r.all(m)
}

func (r *PBFT) makeStatus() *Status {
	return &Status{View: r.view, Active: r.active, Stable: r.low(), Executed: r.executed, Replica: r.group.self}
}

// onStatus sends what the sender lacks. Numbers only if it has not moved since it
// was last heard: in a busy group all are a little behind.
func (r *PBFT) onStatus(m *Status) {
	if !r.authentic(m.Replica, m.Auth, m.content()) {
		return
	}
	before := r.heard[m.Replica]
	r.heard[m.Replica], r.fresh[m.Replica] = m, true
	if r.recovering() || r.cfg.Follow {
		return
	}
	if r.active && m.Replica == r.group.primary(r.view) && r.outside(m.Replica) {
		r.startViewChange(r.view + 1) // by its own word nobody leads this view
	}
	to := r.group.addr(m.Replica)
	r.helpView(to, m)
	if m.Stable < r.low() {
		r.env.Send(to, &Proof{Checkpoints: r.stable.proof})
	}
	if before != nil && before.Executed == m.Executed {
		r.helpNumbers(to, m)
		r.helpCheckpoint(to, m)
	}
}

// helpView sends what begins this replica's view, or asks for it.
func (r *PBFT) helpView(to node.Addr, m *Status) {
	if m.View > r.view || m.View == r.view && m.Active {
		return
	}
	switch {
	case r.active && r.newView != nil:
		r.env.Send(to, r.newView)
	case !r.active:
		r.env.Send(to, r.changes[r.group.self])
	}
}

// helpNumbers sends what is decided here and not executed there, and, in one view,
// what this replica has said.
func (r *PBFT) helpNumbers(to node.Addr, m *Status) {
	end := min(r.high(), m.Executed+maxResend)
	for n := m.Executed + 1; n <= end; n++ {
		s := r.slots[n]
		if s == nil {
			continue
		}
		if s.committed {
			r.env.Send(to, r.makeDecided(n, s.decided))
		}
		if r.active && m.Active && m.View == r.view {
			r.resend(to, s)
		}
	}
}

func (r *PBFT) resend(to node.Addr, s *slot) {
	if !s.accepted {
		return
	}
	if r.primary() {
		if m := r.resendPrePrepare(s); m != nil {
			r.env.Send(to, m)
		}
	} else if r.bodies[s.digest] != nil {
		r.env.Send(to, r.makePrepare(s))
	}
	if s.prepared {
		r.env.Send(to, r.makeCommit(s))
	}
}

// helpCheckpoint sends this replica's votes for checkpoints that are not stable.
func (r *PBFT) helpCheckpoint(to node.Addr, m *Status) {
	for _, n := range r.takenNumbers() {
		if n > max(m.Stable, r.low()) {
			r.env.Send(to, r.makeCheckpoint(r.taken[n]))
		}
	}
}

// onDecided counts who says that a number has committed.
func (r *PBFT) onDecided(m *Decided) {
	if !r.inWindow(m.Seq) || r.recovering() || !r.authentic(m.Replica, m.Auth, m.content()) {
		return
	}
	s := r.slot(m.Seq)
	cast(s.claims, m.Replica, m.Digest)
	//parley:rule pbft.client.matching-replies value=true
	sure := matching(s.claims, m.Digest) >= r.group.weak()
	if sure && !s.committed {
		s.committed, s.decided = true, m.Digest
		r.journal.decided(m.Seq)
		r.execute()
	}
}

// onProof takes a stable checkpoint that another replica shows.
func (r *PBFT) onProof(m *Proof) {
	if len(m.Checkpoints) == 0 || m.Checkpoints[0] == nil || m.Checkpoints[0].Seq <= r.low() {
		return
	}
	n := m.Checkpoints[0].Seq
	if d, ok := r.proves(n, m.Checkpoints); ok {
		r.learn(&stableCheckpoint{seq: n, digest: d, proof: m.Checkpoints})
	}
}

// fetch asks all for the requests of a batch; whoever has them answers.
func (r *PBFT) fetch(d Digest) { r.all(&Fetch{Digest: d}) }

// fetchDecided asks for those of a number that has committed: first one of those who
// said so, another at each number, and only fetchMissing, later, asks all.
func (r *PBFT) fetchDecided(s *slot) {
	if s.asked {
		return
	}
	s.asked = true
	for i := range r.group.n() {
		id := ReplicaID((int(s.seq) + i) % r.group.n())
		if c := s.claims[id]; c.cast && c.digest == s.decided {
			r.env.Send(r.group.addr(id), &Fetch{Digest: s.decided})
			return
		}
	}
	r.fetch(s.decided)
}

// fetchMissing asks again for what holds this replica up.
func (r *PBFT) fetchMissing() {
	for n := r.executed + 1; n <= min(r.high(), r.executed+maxResend); n++ {
		s := r.slots[n]
		switch {
		case s == nil:
		case s.committed && r.bodies[s.decided] == nil:
			r.fetch(s.decided)
		case s.accepted && r.bodies[s.digest] == nil:
			r.fetch(s.digest)
		}
	}
}

func (r *PBFT) onFetch(from node.Addr, m *Fetch) {
	if !r.serves(from.Node()) {
		return
	}
	if b := r.bodies[m.Digest]; b != nil {
		r.env.Send(from, &Batch{Requests: b.requests})
	}
}

// onBatch takes the requests of a batch that some number here needs. Its digest says
// that they are right, and that it was ordered says that they are the clients'.
func (r *PBFT) onBatch(m *Batch) {
	if len(m.Requests) > maxBatch || slices.ContainsFunc(m.Requests, func(q *Request) bool { return !r.fits(q) }) {
		return
	}
	d := batchDigest(m.Requests)
	for n := r.low() + 1; n <= r.high() && !r.recovering(); n++ {
		s := r.slots[n]
		if s == nil || r.bodies[d] != nil && !s.accepted {
			continue
		}
		// What belongs to the view that is being left is not said in the next one.
		//parley:rule pbft.prepare.agreement-within-view value=s.accepted&&s.digest==d&&!r.isSeen(n,d)
		if r.active && s.accepted && s.digest == d && !r.isSeen(n, d) {
			r.accept(n, d, m.Requests)
			r.sendPrepare(s)
			r.advance(s)
		}
		if s.committed && s.decided == d && r.bodies[d] == nil {
			r.keep(d, m.Requests, n)
			r.journal.body(n, m.Requests)
			r.execute()
		}
	}
}

// isSeen tells whether this replica has accepted a batch, with its requests, at a
// number in the present view.
func (r *PBFT) isSeen(n SeqNo, d Digest) bool {
	return slices.ContainsFunc(r.seen[n], func(q *PrePrepared) bool { return q.Digest == d && q.View == r.view })
}

// takenNumbers returns the numbers of this replica's checkpoints, ascending.
func (r *PBFT) takenNumbers() []SeqNo {
	var all []SeqNo
	for n := range r.taken {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}
