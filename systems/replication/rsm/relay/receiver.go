package relay

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Receive handles messages that need no knowledge of who stands where.
func (r *Relay) Receive(from node.Addr, m node.Message) bool { return r.receivePiece(from, m) }

// Take adds what an Update brings that the engine accepts: it comes from the
// replica before this one in the present epoch. It reports whether the history is
// fitted to the other's, so that Held may be answered.
func (r *Relay) Take(from node.Addr, m *Update) (fitted bool) {
	if r.puller.Busy() || m.First == 0 {
		return false
	}
	h := &r.history
	if h.fitted < m.Epoch && !r.fit(m) {
		r.Env.Send(from, &Missing{Epoch: m.Epoch, Last: h.last(), LastEpoch: h.epoch(h.last()), Commit: r.commit})
		return false
	}
	if m.First > h.last()+1 {
		r.hold(m)
		return true
	}
	r.extend(m.First, m.Entries)
	r.release(m.Epoch)
	return true
}

// fit makes the history a beginning of the other's, if it agrees with it at the
// point where the Update goes on (I3).
func (r *Relay) fit(m *Update) bool {
	h := &r.history
	at := m.First - 1
	if at < r.commit || !h.has(at, m.Before) {
		return false
	}
	if at < h.last() {
		r.cuts++
		r.durable = min(r.durable, at)
	}
	h.truncate(at)
	h.fitted = m.Epoch
	h.save(recordFit, uint64(at), uint64(m.Epoch))
	r.held = nil
	if r.Cut != nil {
		r.Cut(at)
	}
	return true
}

// extend appends what is not held yet. What two fitted histories have in common
// is equal, so only what is new is looked at.
func (r *Relay) extend(first rsm.Index, entries []Entry) {
	for i := range entries {
		if first+rsm.Index(i) > r.Last() {
			r.add(entries[i])
		}
	}
}

// hold keeps an Update that came before others.
func (r *Relay) hold(m *Update) {
	if len(r.held) < maxHeld && len(m.Entries) > 0 {
		r.held = append(r.held, m)
	}
}

// release takes the Updates up whose turn has come.
func (r *Relay) release(e Epoch) {
	for again := len(r.held) > 0; again; {
		again = false
		rest := r.held[:0]
		for _, m := range r.held {
			switch {
			case m.Epoch != e:
			case m.First > r.Last()+1:
				rest = append(rest, m)
			default:
				r.extend(m.First, m.Entries)
				again = true
			}
		}
		clear(r.held[len(rest):])
		r.held = rest
	}
}

// Fetch begins to pull a checkpoint from the replica before this one.
func (r *Relay) Fetch(from node.Addr) {
	r.from, r.asked = from, r.Env.Elapsed()
	r.puller.Begin(from, r.pulled)
}

// Leave forgets what was on its way from whoever stood before this replica.
func (r *Relay) Leave() {
	r.held = nil
	r.puller.Abandon()
}
