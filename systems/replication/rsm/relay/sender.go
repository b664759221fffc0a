package relay

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Sender brings the history to one replica, in one epoch.
type Sender struct {
	To    node.Addr
	Acked rsm.Index // the other's history is ours that far, durably
	Round uint64    // the latest that it has answered
	Fits  bool      // the other's history is known to be a beginning of ours

	r      *Relay
	epoch  Epoch
	next   rsm.Index     // the next entry to send
	told   rsm.Index     // the highest commit index sent
	whole  rsm.Index     // up to here it is to come from a checkpoint
	moved  time.Duration // when there was progress, or the other was helped
	helped bool          // the other was told where the histories part
}

// NewSender begins to bring the history to a replica, with a probe.
func (r *Relay) NewSender(to node.Addr, e Epoch, round uint64) *Sender {
	s := &Sender{To: to, r: r, epoch: e, next: r.Last() + 1, moved: r.Env.Elapsed()}
	if r.Limits.Whole {
		s.whole = r.commit
	}
	s.say(nil, round)
	return s
}

// say sends an Update with entries from next on. Never early: it leaves once the
// entries are durable here (I1).
func (s *Sender) say(entries []Entry, round uint64) {
	h := &s.r.history
	s.r.Env.Send(s.To, &Update{
		Epoch: s.epoch, First: s.next, Before: h.epoch(s.next - 1), Commit: s.r.commit, Round: round, Entries: entries,
	})
	s.next += rsm.Index(len(entries))
	s.told = s.r.commit
}

// Pump sends entries up to an index as far as the window allows.
func (s *Sender) Pump(upTo rsm.Index, round uint64) {
	for s.Fits && s.next <= upTo && s.next <= s.Acked+rsm.Index(s.r.Limits.MaxInflight) {
		if s.next-1 < s.r.history.base {
			s.Fits = false // cut away meanwhile: begin anew
			s.next = s.r.Last() + 1
			s.fetch()
			return
		}
		s.say(s.r.history.between(s.next, upTo, s.r.Limits.MaxEntriesPerMessage, s.r.Limits.MaxBatchBytes), round)
	}
}

// Tell sends an Update without entries: that this replica lives, what is
// committed, and the number of a round. Of what is under way for too long it makes
// a new beginning.
func (s *Sender) Tell(round uint64) {
	now := s.r.Env.Elapsed()
	if s.Fits && s.next > s.Acked+1 && now-s.moved >= s.r.Limits.Resend {
		s.next, s.moved = s.Acked+1, now
	}
	if s.next-1 < s.r.history.base {
		s.Fits, s.next = false, s.r.Last()+1
	}
	s.say(nil, round)
}

// Announce tells what is committed if that is news and nothing else tells it.
func (s *Sender) Announce(round uint64) {
	if s.Fits && s.told < s.r.commit && s.next > s.r.Last() {
		s.say(nil, round)
	}
}

// Hear takes an answer, and reports whether it is of this epoch.
func (s *Sender) Hear(m *Held) bool {
	if m.Epoch != s.epoch {
		return false
	}
	s.Round = max(s.Round, m.Round)
	acked := min(m.Last, s.r.Last())
	if !s.Fits {
		s.Fits, s.next, s.moved = true, acked+1, s.r.Env.Elapsed()
	}
	if acked > s.Acked {
		s.Acked, s.moved = acked, s.r.Env.Elapsed()
		s.next = max(s.next, acked+1)
	}
	return true
}

// Lack sends what the other lacks, from where the two histories part.
func (s *Sender) Lack(m *Missing, round uint64) {
	h, now := &s.r.history, s.r.Env.Elapsed()
	if m.Epoch != s.epoch || s.Fits || s.helped && now-s.moved < s.r.Limits.Resend/4 {
		return // late copies would call for an answer each
	}
	s.helped, s.moved = true, now
	at := m.Commit
	if h.has(m.Last, m.LastEpoch) {
		at = m.Last
	}
	if at < h.base || at < s.whole || at > h.last() {
		s.fetch()
		return
	}
	//parley:rule chain.failure.reconfigure consistency.eventual.definition value=h.last()+1
	s.next = at + 1
	s.say(h.between(s.next, h.last(), s.r.Limits.MaxEntriesPerMessage, s.r.Limits.MaxBatchBytes), round)
}

// fetch has the other pull the newest checkpoint, which is made first if it is to
// be newer than what is there.
func (s *Sender) fetch() {
	newest := s.r.checkpoints.Newest().Index
	if newest < max(s.whole, s.r.history.base) || newest == 0 {
		s.r.checkpoint()
		return // the next Missing finds it
	}
	s.whole = 0
	s.r.Env.Send(s.To, &Fetch{Epoch: s.epoch})
}
