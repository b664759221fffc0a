package pbft

import "log/slog"

// beginView sends the new view, if the view changes suffice to compute it.
func (r *PBFT) beginView(changes []*ViewChange) {
	d := Decide(changes, r.group.n())
	if !d.Complete {
		return // more view changes will come
	}
	m := &NewView{View: r.view, Changes: changes, Start: d.Start, Chosen: d.Chosen, Replica: r.group.self}
	m.Signature = r.keys.sign(m.content())
	r.enter(m)
}

// onNewView verifies a new view by computing it again from the view changes that it
// shows, and enters it.
func (r *PBFT) onNewView(m *NewView) {
	if m.View < r.view || m.View == r.view && r.active || m.Replica != r.group.primary(m.View) || m.Replica == r.group.self {
		return
	}
	if !r.signedBy(m.Replica, m.content(), m.Signature) || !r.justified(m) {
		r.env.Note("new view refused")
		return
	}
	if r.recovering() {
		r.view, r.newView = m.View, m // to go on from; it takes no part yet
		return
	}
	r.enter(m)
}

// justified tells whether the view changes are a quorum's, valid, for this view, and
// give what the primary says they give.
func (r *PBFT) justified(m *NewView) bool {
	if len(m.Changes) < r.group.quorum() || len(m.Changes) > r.group.n() {
		return false
	}
	sent := make([]bool, r.group.n())
	for _, c := range m.Changes {
		if c == nil || c.View != m.View || !r.group.has(c.Replica) || sent[c.Replica] || !r.valid(c) {
			return false
		}
		sent[c.Replica] = true
	}
	d := Decide(m.Changes, r.group.n())
	//parley:rule pbft.viewchange.new-view-certificate value=true
	return d.Complete && d.Start == m.Start && sameChoices(d.Chosen, m.Chosen)
}

func sameChoices(a, b []*Choice) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if b[i] == nil || *a[i] != *b[i] {
			return false
		}
	}
	return true
}

// enter begins a view: what was chosen is pre-prepared in it.
func (r *PBFT) enter(m *NewView) {
	r.calm()
	r.takeBack()
	r.view, r.active, r.newView = m.View, true, m
	r.journal.newView(m)
	if m.Replica == r.group.self {
		r.all(m) // from the log on: after a crash it is still the only one of its view
	}
	r.env.Note("view", slog.Uint64("view", uint64(m.View)), slog.Int("chosen", len(m.Chosen)))
	//parley:unordered each slot forgets by itself
	for _, s := range r.slots {
		s.enterView(r.group.n())
	}
	r.adopt(m)
	r.requests.enterView()
	r.takeStart(m)
	r.next = max(r.low(), m.Start+SeqNo(len(m.Chosen)))
	for _, c := range m.Chosen {
		r.reorder(c)
	}
	r.execute()
	r.resubmit()
	r.watch()
}

// adopt makes what was chosen accepted; the requests may still be missing.
func (r *PBFT) adopt(m *NewView) {
	for _, c := range m.Chosen {
		if !r.inWindow(c.Seq) {
			continue
		}
		s := r.slot(c.Seq)
		s.accepted, s.digest = true, c.Digest
		if s.committed && s.decided != c.Digest {
			// Only more than f liars can do this: what was decided stays here.
			r.env.Note("new view contradicts what was decided")
		}
	}
}

// takeStart learns the stable checkpoint that the view starts from.
func (r *PBFT) takeStart(m *NewView) {
	for _, c := range m.Changes {
		if c.Stable == m.Start && m.Start > r.low() {
			r.learn(&stableCheckpoint{seq: m.Start, digest: c.Proof[0].Digest, proof: c.Proof})
			return
		}
	}
}

// reorder carries a chosen number through the view, once its requests are here.
func (r *PBFT) reorder(c *Choice) {
	if !r.inWindow(c.Seq) {
		return
	}
	s := r.slot(c.Seq)
	b := r.bodies[c.Digest]
	switch {
	case c.Digest == null:
		r.accept(c.Seq, null, nil)
	case b == nil:
		r.fetch(c.Digest)
		return
	default:
		r.accept(c.Seq, c.Digest, b.requests)
	}
	r.sendPrepare(s)
	r.advance(s)
}

// resubmit sees to the requests that wait: the new primary orders them, and gets
// them from the backups.
func (r *PBFT) resubmit() {
	if r.primary() {
		r.propose()
		return
	}
	to := r.group.addr(r.group.primary(r.view))
	for _, a := range r.requests.order {
		r.env.Send(to, r.requests.byClient[a].request)
	}
}
