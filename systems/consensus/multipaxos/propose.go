package multipaxos

import (
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Submit proposes a command in the next slot.
func (r *Paxos) Submit(command []byte) (rsm.Index, error) {
	l := &r.leading
	switch {
	case !l.on:
		return 0, rsm.ErrNotLeader
	case l.next <= l.began || !r.open(l.next) || l.transfer != nil || l.unchosen >= r.cfg.MaxUnchosenBytes:
		return 0, rsm.ErrBusy
	}
	s := r.propose(Value{Kind: Command, Data: command})
	r.broadcast()
	return s, nil
}

// open tells whether this leadership may propose in a slot: it must know who accepts
// there, and that must be those who promised (I5).
func (r *Paxos) open(s Slot) bool {
	l := &r.leading
	return s <= r.chosen+Slot(l.config.Alpha) && (l.until == 0 || s < l.until)
}

// propose gives the next slot its value in this ballot, and has this acceptor accept
// it.
func (r *Paxos) propose(v Value) Slot {
	l := &r.leading
	s := l.next
	l.next++
	r.votes.accept(s, l.ballot, r.chosen, v)
	*l.votesIn(s) = 0
	if s > r.chosen {
		l.unchosen += v.size()
	}
	r.env.Durable(l.onDisk)
	return s
}

func (l *leadership) votesIn(s Slot) *uint32 { return &l.accepted[s%Slot(len(l.accepted))] }

// proposeMore proposes what phase 1 told of, as far as slots are open, and no-ops
// before a change of acceptors, which takes effect the sooner.
func (r *Paxos) proposeMore() {
	l := &r.leading
	from := l.next
	for l.on && l.next <= l.began && r.open(l.next) {
		r.propose(l.adopted[l.next-l.start-1])
	}
	for l.on && l.next > l.began && l.until > 0 && r.open(l.next) {
		r.propose(Value{Kind: Noop})
	}
	if l.on && l.next > from {
		r.broadcast()
	}
}

// ownVotes returns what counts the leader's own acceptances in a ballot, one a call.
// They count once they are durable, and not before: the others write theirs in the
// meantime. Completions come in the order of the slots.
func (r *Paxos) ownVotes(b Ballot) func() {
	return func() {
		l := &r.leading
		if !l.on || l.ballot != b {
			return
		}
		l.own++
		l.me.upto = l.own
		r.count(l.me, l.own, l.own)
		r.advance()
		r.tell()
	}
}

// count notes that an acceptor has accepted in this ballot.
func (r *Paxos) count(p *peer, first, last Slot) {
	l := &r.leading
	for s := max(first, r.chosen+1); s <= min(last, l.next-1); s++ {
		*l.votesIn(s) |= p.bit
	}
}

// onAccepted counts votes, slot by slot, in whatever order they come.
func (r *Paxos) onAccepted(from node.Addr, m *Accepted) {
	l := &r.leading
	if !l.on || m.Ballot != l.ballot {
		return
	}
	p := l.peer(from)
	if p == nil {
		return
	}
	p.heard = r.env.Elapsed()
	r.count(p, m.First, m.Last)
	r.count(p, p.upto+1, m.Upto)
	p.answered(m, min(m.Upto, l.next-1))
	r.advance()
	if l.on && m.Round > p.round {
		p.round = m.Round
		r.prove()
	}
	if l.on {
		if !m.Early {
			r.mend(p, m)
		}
		r.replicate(p)
		r.advanceTransfer()
		r.advanceChange()
	}
}

// learnedElsewhere goes on with what waited for slots to be chosen, of which this leader
// has heard not from votes but from another replica, whom it had asked before it led.
func (r *Paxos) learnedElsewhere(known Slot) {
	l := &r.leading
	if !l.on {
		return
	}
	r.countOut(known, r.chosen)
	r.nothingLeft()
	r.proposeMore()
}

// countOut takes what was proposed behind one slot, up to another, out of the size of
// what is not chosen. The values must be there yet.
func (r *Paxos) countOut(known, chosen Slot) {
	l := &r.leading
	for s := known + 1; s <= min(chosen, l.next-1); s++ {
		l.unchosen -= r.votes.at(s).size()
	}
}

// nothingLeft keeps that no size counts as unchosen once all that was proposed is
// chosen: what did would count for good, and in the end this leader be busy for ever.
func (r *Paxos) nothingLeft() {
	l := &r.leading
	if l.on && l.next <= r.chosen+1 && l.unchosen != 0 {
		panic(fmt.Sprintf("multipaxos: %d bytes count as unchosen, and all that was proposed is chosen", l.unchosen))
	}
}

// advance finds how far a quorum has accepted without a gap: that is chosen.
func (r *Paxos) advance() {
	l := &r.leading
	n := r.chosen
	for n+1 < l.next && l.isQuorum(*l.votesIn(n + 1)) {
		n++
	}
	if n == r.chosen {
		return
	}
	r.countOut(r.chosen, n)
	r.learn(n)
	r.nothingLeft()
	if l.on {
		r.proposeMore()
	}
	r.apply()
	if l.on {
		r.announce()
	}
	r.releaseReads()
	r.comeIntoForce()
}
