package multipaxos

import (
	"log/slog"

	"github.com/parleysystems/parley/node"
)

// maxGap is how far ahead of the chosen prefix an acceptor accepts, in slots; it
// bounds the room that a gap takes.
const maxGap = 1 << 16

// onPrepare is phase 1b (PMS §2.2). Who knows more than the candidate tells it so
// instead (I7); that also tells candidates that were replaced long ago.
func (r *Paxos) onPrepare(from node.Addr, m *Prepare) {
	//parley:rule multipaxos.leader.election-and-liveness force=false
	if m.From <= r.chosen {
		// Early: what is chosen does not depend on this disk.
		r.env.SendEarly(from, &Known{Chosen: r.chosen})
		return
	}
	switch {
	case m.Ballot < r.promised:
		r.env.Send(from, &Refuse{Ballot: m.Ballot, Promised: r.promised})
	case m.Ballot > r.promised && !r.mayPromise(from, m.Over):
		r.env.Note("lease holds", slog.String("candidate", string(from)))
	default:
		r.promise(from, m)
	}
}

// promise raises the promise, and answers with what was accepted: again, and page
// by page, if the candidate asks again.
func (r *Paxos) promise(from node.Addr, m *Prepare) {
	if m.Ballot > r.promised {
		r.refusals = min(r.refusals+1, maxBackoff)
		r.resetDeadline() // the candidate has that long, and the next one longer
		//parley:rule multipaxos.leader.election-and-liveness drop
		r.moveTo(m.Ballot)
	}
	at := m.From
	for i := range maxPages {
		page, next := r.votes.page(at, r.cfg.MaxValuesPerMessage, r.cfg.MaxBatchBytes)
		r.env.Send(from, &Promise{Ballot: m.Ballot, From: at, Votes: page, Next: next, More: i == maxPages-1})
		if at = next; at == 0 {
			return
		}
	}
}

// moveTo promises a ballot, and leaves what was done under lower ones. It is
// durable before this replica says anything (I1).
func (r *Paxos) moveTo(b Ballot) {
	r.retire()
	if r.campaign != nil && r.campaign.ballot < b {
		r.campaign = nil
	}
	r.promised = b
	r.leader, r.upto = "", r.chosen
	//parley:rule multipaxos.leader.election-and-liveness drop
	r.saveState()
}

// follow tells whether a message of a leader counts, and if so defers to it.
func (r *Paxos) follow(from node.Addr, b Ballot) bool {
	//parley:rule multipaxos.leader.election-and-liveness force=false
	if b < r.promised {
		r.env.Send(from, &Refuse{Ballot: b, Promised: r.promised})
		return false
	}
	if b > r.promised {
		r.moveTo(b)
	}
	if r.leading.on {
		return false // from nobody: the ballot is this replica's own
	}
	r.campaign = nil
	r.leader, r.holder = from, from
	r.settle(from)
	r.heard, r.refusals = r.env.Elapsed(), 0
	r.resetDeadline()
	return true
}

// onAccept is phase 2b, for several slots. The answer is held until what was
// accepted is durable.
func (r *Paxos) onAccept(from node.Addr, m *Accept) {
	if !r.follow(from, m.Ballot) {
		return
	}
	last := r.accept(m)
	r.env.Send(from, &Accepted{Ballot: m.Ballot, First: m.First, Last: last, Upto: r.upto, Round: m.Round})
	r.noteSynced()
	r.learnFrom(from, m.Chosen)
}

// noteSynced remembers, once that is so, that all accepted by now is durable.
func (r *Paxos) noteSynced() {
	b, upto := r.promised, r.upto
	r.syncing++
	r.env.Durable(func() {
		r.syncing--
		if r.promised == b {
			r.synced, r.syncedUpto = b, upto
		}
	})
}

// accept accepts the values that are new, in whatever order they come, and returns
// the last slot of the message for which it holds the value.
func (r *Paxos) accept(m *Accept) (last Slot) {
	last = m.First - 1
	for i := range m.Values {
		s := m.First + Slot(i)
		if s > r.chosen+maxGap {
			break
		}
		if s > r.chosen && r.votes.ballot(s) != m.Ballot {
			r.votes.accept(s, m.Ballot, r.chosen, m.Values[i])
		}
		last = s
	}
	r.raiseUpto()
	return last
}

// raiseUpto finds where the first gap is.
func (r *Paxos) raiseUpto() {
	r.upto = max(r.upto, r.chosen)
	for r.promised > 0 && r.votes.ballot(r.upto+1) == r.promised {
		r.upto++
	}
}

// onHeartbeat answers for the round; while acceptances wait for the disk, at once, with
// what is there: a slow sync does not make a leader whose acceptors live believe that it
// has lost them.
func (r *Paxos) onHeartbeat(from node.Addr, m *Heartbeat) {
	if !r.follow(from, m.Ballot) || r.forgot(from, m) {
		return
	}
	if r.syncing > 0 && r.synced == m.Ballot {
		// Early: it was durable before, and what was accepted in a ballot stays.
		r.env.SendEarly(from, &Accepted{Ballot: m.Ballot, First: 1, Upto: r.syncedUpto, Round: m.Round, Early: true})
	} else {
		r.env.Send(from, &Accepted{Ballot: m.Ballot, First: 1, Upto: r.upto, Round: m.Round})
		r.noteSynced()
	}
	r.learnFrom(from, m.Chosen)
}
