package pbft

import (
	"log/slog"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// suspicion is the timer of a request that this replica waits for, or of a new view.
type suspicion struct {
	timer     node.Timer
	running   bool
	client    node.Addr // whose request
	timestamp Timestamp
	since     time.Duration
	usual     time.Duration // how long requests have taken, of late
}

// timeout doubles with each view change that got nowhere, so that in the end it is
// longer than whatever the network needs. What requests took stays in mind, within
// bounds: else each one would have to find that out anew.
func (r *PBFT) timeout() time.Duration {
	usual := min(2*r.suspicion.usual, 32*r.cfg.ViewTimeout)
	//parley:rule pbft.viewchange.liveness-without-thrashing value=r.cfg.ViewTimeout
	return max(r.cfg.ViewTimeout, usual) << min(r.failures, 10)
}

// watch starts the timer for the request that waits longest, or for a pre-prepare
// that is held, unless it runs.
func (r *PBFT) watch() {
	if r.suspicion.running || !r.active || r.recovering() {
		return
	}
	m := r.requests.oldest()
	if m == nil && !r.holds() {
		return
	}
	if m == nil {
		m = &Request{}
	}
	r.suspicion.running = true
	r.suspicion.client, r.suspicion.timestamp, r.suspicion.since = m.Client, m.Timestamp, r.env.Elapsed()
	//parley:rule pbft.primary.policed-by-backups pbft.viewchange.request-and-ack drop
	r.suspicion.timer.Reset(r.timeout())
}

func (r *PBFT) calm() {
	r.suspicion.running = false
	r.suspicion.timer.Stop()
}

// progress ends the wait once that very request is executed: a primary that serves
// all but one client is found out.
func (r *PBFT) progress() {
	s := &r.suspicion
	if !s.running || !r.active || r.clients.timestamp(s.client) < s.timestamp || s.timestamp == 0 && r.holds() {
		return
	}
	r.failures = 0
	s.usual = max(r.env.Elapsed()-s.since, s.usual-s.usual/8)
	r.calm()
	r.watch()
}

// onSuspicion asks for the next view. A replica that lags, or hears from too few, has
// itself to blame and not the primary: it could only lose its place in the view.
func (r *PBFT) onSuspicion() {
	r.suspicion.running = false
	switch {
	case r.recovering():
	case !r.active:
		r.startViewChange(r.view + 1)
	case r.requests.oldest() == nil && !r.holds():
	case r.lags() || !r.inTouch():
		r.watch()
	default:
		r.startViewChange(r.view + 1)
	}
}

// lags tells whether f+1 others have executed more than this replica.
func (r *PBFT) lags() bool {
	count := 0
	for _, m := range r.heard {
		if m != nil && m.Executed > r.executed {
			count++
		}
	}
	return count > r.group.f()
}

// inTouch tells whether a quorum, this replica included, was heard since the last
// time that this was asked.
func (r *PBFT) inTouch() bool {
	count := 1
	for id, fresh := range r.fresh {
		if fresh {
			count++
		}
		r.fresh[id] = false
	}
	return count >= r.group.quorum()
}

// startViewChange leaves all views before v, for good, and tells all what this
// replica knows of them (§ 4.4 of OSDI).
func (r *PBFT) startViewChange(v View) {
	r.calm()
	r.takeBack()
	r.view, r.active = v, false
	r.failures++
	r.journal.view(v, false)
	r.env.Note("view change", slog.Uint64("view", uint64(v)))
	m := r.viewChange()
	r.changes[r.group.self] = m
	r.all(m)
	r.considerChanges()
}

// viewChange makes the message: h with its proof, P, and Q.
func (r *PBFT) viewChange() *ViewChange {
	m := &ViewChange{View: r.view, Stable: r.low(), Proof: r.stable.proof, Replica: r.group.self, Epoch: r.keys.epoch}
	for n := r.low() + 1; n <= r.high(); n++ {
		if p := r.prepared[n]; p != nil {
			//parley:rule pbft.viewchange.request-and-ack pbft.viewchange.committed-operations-survive drop
			m.Prepared = append(m.Prepared, p)
		}
		m.Seen = append(m.Seen, r.seen[n]...)
	}
	m.Signature = r.keys.sign(m.content())
	return m
}

// onViewChange keeps the latest message of each replica.
func (r *PBFT) onViewChange(m *ViewChange) {
	if r.recovering() || !r.group.has(m.Replica) || m.Replica == r.group.self || m.View < r.view {
		return
	}
	if old := r.changes[m.Replica]; old != nil && (old.View > m.View || old.View == m.View && old.Epoch >= m.Epoch) {
		return
	}
	if !r.valid(m) {
		r.env.Note("view change refused")
		return
	}
	r.changes[m.Replica] = m
	r.join()
	r.considerChanges()
}

// valid checks a view change: signature, proof of its checkpoint, and that P and Q
// are of numbers above that and of earlier views.
func (r *PBFT) valid(m *ViewChange) bool {
	if !r.group.has(m.Replica) || m.Epoch < r.clients.epochs[m.Replica] {
		return false
	}
	//parley:rule pbft.viewchange.request-and-ack force=false
	if _, ok := r.proves(m.Stable, m.Proof); !ok {
		return false
	}
	if len(m.Prepared) > r.cfg.Window || len(m.Seen) > r.cfg.Window*maxSeen {
		return false
	}
	last := m.Stable
	for _, p := range m.Prepared {
		if p == nil || p.Seq <= last || p.Seq > m.Stable+SeqNo(r.cfg.Window) || p.View >= m.View {
			return false
		}
		last = p.Seq
	}
	for _, q := range m.Seen {
		if q == nil || q.Seq <= m.Stable || q.Seq > m.Stable+SeqNo(r.cfg.Window) || q.View >= m.View {
			return false
		}
	}
	return r.believe(m.Replica, m.content(), m.Signature)
}

// believe is signedBy with a memory: the same view changes and checkpoints come
// again and again.
func (r *PBFT) believe(id ReplicaID, content, signature []byte) bool {
	key := resultDigest(slices.Concat([]byte{byte(id)}, signature, content))
	if r.believed[key] {
		return true
	}
	if !r.signedBy(id, content, signature) {
		return false
	}
	if len(r.believed) >= 4096 {
		clear(r.believed)
	}
	r.believed[key] = true
	return true
}

// join follows f+1 replicas that have left this view: one of them is not faulty, and
// had a reason. Fewer have no effect.
func (r *PBFT) join() {
	for {
		later := r.laterViews()
		//parley:rule pbft.viewchange.liveness-without-thrashing value=len(later)<1
		few := len(later) < r.group.weak()
		if few {
			return
		}
		r.startViewChange(slices.Min(later))
	}
}

func (r *PBFT) laterViews() (all []View) {
	for _, m := range r.changes {
		if m != nil && m.View > r.view {
			all = append(all, m.View)
		}
	}
	return all
}

// supporters returns the view changes for the present view.
func (r *PBFT) supporters() (all []*ViewChange) {
	for _, m := range r.changes {
		if m != nil && m.View == r.view {
			all = append(all, m)
		}
	}
	return all
}

// gone counts the replicas that want the present view or a later one.
func (r *PBFT) gone() (count int) {
	for _, m := range r.changes {
		if m != nil && m.View >= r.view {
			count++
		}
	}
	return count
}

// considerChanges begins the wait for the new view once a quorum wants it, or wanted it
// and is beyond it already, whose messages for it may be lost for good. At its primary, the
// view itself begins.
func (r *PBFT) considerChanges() {
	if r.active {
		return
	}
	if !r.suspicion.running && r.gone() >= r.group.quorum() {
		r.suspicion.running = true
		r.suspicion.timer.Reset(r.timeout())
	}
	s := r.supporters()
	//parley:rule pbft.viewchange.committed-operations-survive value=len(s)<r.group.weak()
	few := len(s) < r.group.quorum()
	if !few && r.primary() {
		r.beginView(s)
	}
}
