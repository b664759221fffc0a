package multipaxos

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// transfer is the leadership on its way to a chosen replica: the leader takes no
// more commands, waits until the other knows all that is chosen, gives up its lease,
// and asks the other to become a candidate at once.
type transfer struct {
	to       node.Addr
	deadline time.Duration
	done     func(error)
}

// Transfer hands the leadership to another acceptor.
func (r *Paxos) Transfer(to node.Addr, done func(error)) {
	l := &r.leading
	switch {
	case !l.on:
		done(rsm.ErrNotLeader)
	case to == r.self:
		done(nil)
	case !l.config.isVoter(to):
		done(rsm.ErrRefused)
	case l.transfer != nil || l.change != nil || l.until > 0:
		done(rsm.ErrBusy)
	default:
		l.transfer = &transfer{to: to, deadline: r.env.Elapsed() + 2*r.cfg.Timeout, done: done}
		r.advanceTransfer()
	}
}

// advanceTransfer asks the other to take over once it has caught up. The lease is
// void from then on: the other need not wait for its end.
func (r *Paxos) advanceTransfer() {
	l := &r.leading
	t := l.transfer
	if t == nil || r.chosen < l.next-1 || l.peer(t.to).upto < r.chosen {
		return
	}
	l.leaseVoid = true
	r.env.Send(t.to, &TakeOver{Ballot: l.ballot, Chosen: r.chosen})
}

// giveUpTransfer ends a transfer that takes too long: this leader goes on.
func (r *Paxos) giveUpTransfer() {
	t := r.leading.transfer
	if t == nil {
		return
	}
	if r.env.Elapsed() >= t.deadline {
		r.leading.transfer = nil
		t.done(rsm.ErrUnknown)
		return
	}
	r.advanceTransfer()
}

// onTakeOver becomes a candidate, unless the leadership is another by now.
func (r *Paxos) onTakeOver(m *TakeOver) {
	if m.Ballot != r.promised || r.leading.on {
		return
	}
	if known := min(m.Chosen, r.upto); known > r.chosen {
		r.learn(known)
		r.apply()
		r.comeIntoForce()
	}
	if r.campaign == nil && m.Ballot == r.promised {
		r.startCampaign(m.Ballot)
	}
}

// settle ends a transfer after which this replica no longer led, now that it knows
// who does.
func (r *Paxos) settle(leader node.Addr) {
	t := r.handed
	if t == nil {
		return
	}
	r.handed = nil
	if t.to == leader {
		t.done(nil)
		return
	}
	t.done(rsm.ErrUnknown)
}
