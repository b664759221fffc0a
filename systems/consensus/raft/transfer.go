package raft

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// transfer is leadership on its way to another voter (dissertation §3.10): the
// leader takes no more commands, waits until the other has its whole log, and
// tells it to campaign at once.
type transfer struct {
	to       node.Addr
	deadline time.Duration
	offered  bool
	done     func(error)
}

// Transfer hands leadership to another voter.
func (r *Raft) Transfer(to node.Addr, done func(error)) {
	l := &r.leading
	switch {
	case r.role != leader:
		done(rsm.ErrNotLeader)
	case to == r.self:
		done(nil)
	case !r.config().isVoter(to):
		done(rsm.ErrRefused)
	case l.transfer != nil || l.change != nil:
		done(rsm.ErrBusy)
	default:
		l.transfer = &transfer{to: to, deadline: r.env.Elapsed() + 2*r.cfg.ElectionTimeout, done: done}
		r.advanceTransfer(r.peer(to))
	}
}

// advanceTransfer offers leadership once the other's log is complete.
func (r *Raft) advanceTransfer(p *peer) {
	t := r.leading.transfer
	if t == nil || t.offered || t.to != p.addr || p.match < r.log.last() {
		return
	}
	t.offered = true
	r.offer(p)
}

// offer tells a follower to campaign at once. Its election waits for nobody's
// timeout, and it may begin at any time from now on: no lease is safe in the
// rest of this term.
func (r *Raft) offer(p *peer) {
	//parley:rule raft.lease.void-on-transfer drop
	r.leading.void = true
	r.env.Send(p.addr, &TimeoutNow{Term: r.term})
}

// giveUpTransfer ends a transfer that takes too long: this leader goes on.
func (r *Raft) giveUpTransfer() {
	if t := r.leading.transfer; t != nil && r.env.Elapsed() >= t.deadline {
		r.leading.transfer = nil
		t.done(rsm.ErrUnknown)
	}
}

// transferred ends a transfer after which this server no longer led, now that
// it knows who does.
func (r *Raft) transferred(to node.Addr) {
	t := r.handed
	if t == nil {
		return
	}
	r.handed = nil
	if t.to == to {
		t.done(nil)
		return
	}
	t.done(rsm.ErrUnknown)
}

func (r *Raft) onTimeoutNow(m *TimeoutNow) {
	if r.observe(m.Term) && r.role != leader && r.config().isVoter(r.self) {
		r.campaign(false, true)
	}
}
