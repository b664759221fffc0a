package multipaxos

import (
	"log/slog"
	"slices"
	"time"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// change is a change of the acceptors under this leader. New voters are taught
// first: were they counted at once, the group might have to wait until they have
// caught up.
type change struct {
	target   *Configuration
	goal     Slot          // pupils are to know that much
	deadline time.Duration // for their learning
	proposed bool
	done     func(error)
}

// Reconfigure makes members the acceptors and learners (I5).
func (r *Paxos) Reconfigure(members []rsm.Member, done func(error)) {
	l := &r.leading
	if !l.on {
		done(rsm.ErrNotLeader)
		return
	}
	target := l.config.next(members)
	switch {
	case target == nil:
		done(rsm.ErrRefused)
	case l.until > 0 || l.change != nil || l.transfer != nil || r.handover != nil || !r.knowsChosen():
		done(rsm.ErrBusy)
	case r.promotesTooEarly(target):
		done(rsm.ErrRefused)
	case slices.Equal(target.Members, l.config.Members):
		done(nil)
	default:
		l.change = &change{target: target, goal: r.chosen, deadline: r.env.Elapsed() + 10*r.cfg.Timeout, done: done}
		r.teach()
		r.advanceChange()
	}
}

// promotesTooEarly tells whether the target makes a voter of a learner that lacks
// more than a tenth of what is chosen. One that is not there would never get it, and
// who asks can ask again.
func (r *Paxos) promotesTooEarly(target *Configuration) bool {
	for _, m := range target.Members {
		was := r.leading.config.member(m.Addr)
		if !m.Learner && was != nil && was.Learner && r.leading.peer(m.Addr).upto*10 < r.chosen*9 {
			return true
		}
	}
	return false
}

// teach has newcomers follow, as if they were learners.
func (r *Paxos) teach() {
	for _, m := range r.leading.change.target.Members {
		if r.leading.peer(m.Addr) == nil {
			p := r.addPeer(Acceptor{Addr: m.Addr, Learner: true})
			r.sendHeartbeat(p)
		}
	}
}

// advanceChange proposes the change when the new voters have caught up, and gives it
// up if they do not.
func (r *Paxos) advanceChange() {
	l := &r.leading
	ch := l.change
	switch {
	case ch == nil || ch.proposed:
	case r.caughtUp(ch):
		if l.next > l.began && r.open(l.next) {
			ch.proposed = true
			r.env.Note("configuration", slog.Uint64("number", ch.target.Number), slog.Uint64("slot", uint64(l.next)))
			r.propose(Value{Kind: Reconfiguration, Data: ch.target.encode()})
			r.broadcast()
		}
	case r.env.Elapsed() > ch.deadline:
		l.change = nil
		l.peers = slices.DeleteFunc(l.peers, func(p *peer) bool { return l.config.member(p.addr) == nil })
		ch.done(rsm.ErrRefused)
	}
}

func (r *Paxos) caughtUp(ch *change) bool {
	for _, m := range ch.target.Members {
		if !m.Learner && m.Addr != r.self && !r.leading.config.isVoter(m.Addr) && r.leading.peer(m.Addr).upto < ch.goal {
			return false
		}
	}
	return true
}

// abandon tells who asked that this leader will not see the end of it.
func (ch *change) abandon() {
	switch {
	case ch == nil || ch.done == nil:
	case ch.proposed:
		ch.done(rsm.ErrUnknown)
	default:
		ch.done(rsm.ErrNotLeader)
	}
}
