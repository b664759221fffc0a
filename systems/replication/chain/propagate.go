package chain

import (
	"log/slog"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
)

// Submit gives a command its place in the order (CR §3.1) and sends it down the
// chain once it is durable here.
func (r *Replica) Submit(command []byte) (rsm.Index, error) {
	switch {
	case !r.Leads():
		return 0, rsm.ErrNotLeader
	case r.Uncommitted() >= r.cfg.MaxUncommittedBytes:
		return 0, rsm.ErrBusy
	}
	i := r.Order(r.now.Epoch, command, func() { r.advance(); r.settle() })
	r.pass()
	return i, nil
}

// pass sends on what the windows allow.
func (r *Replica) pass() {
	if r.behind != nil {
		r.behind.Pump(r.Last(), 0)
	}
	if r.recruit != nil {
		r.recruit.Pump(r.Last(), 0)
	}
}

// onUpdate takes what the replica before this one sends, and sends it on. Another
// than the one that the present configuration has there was removed, or this one
// was: whoever it is, its updates are of another epoch.
func (r *Replica) onUpdate(from node.Addr, m *relay.Update) {
	if m.Epoch != r.now.Epoch || from != r.now.before(r.self) {
		if m.Epoch > r.now.Epoch {
			r.sayRenew()
		}
		return
	}
	if !r.Take(from, m) {
		return
	}
	r.CommitTo(min(m.Commit, r.Last()))
	r.pass()
	news := r.Durable() < r.Last()
	if news {
		r.AwaitDisk(func() { r.advance(); r.settle() })
	}
	if !news || len(m.Entries) == 0 {
		r.acknowledge(from) // of news the tail's acknowledgement tells
	}
}

// acknowledge tells the replica before this one what is held and committed here,
// once that is known to agree with what the other holds.
func (r *Replica) acknowledge(to node.Addr) {
	if to != "" && r.Fitted() == r.now.Epoch {
		r.Env.Send(to, &relay.Held{Epoch: r.now.Epoch, Last: r.Last(), Commit: r.Committed()})
	}
}

// advance commits what the tail holds durably: by then every replica does (I1). What
// the others hold is dirty until the tail's acknowledgement has come up the chain.
func (r *Replica) advance() {
	//parley:rule craq.versions.dirty-until-acked chain.write.head-to-tail force=true
	if r.isTail() {
		r.commitAtTail()
		return
	}
	if r.now.Joining == r.self {
		r.acknowledge(r.now.before(r.self))
	}
}

// commitAtTail commits, and tells the others. With a recruit that is near, nothing
// is committed that it does not hold (I6).
func (r *Replica) commitAtTail() {
	n := r.Durable()
	if c := r.recruit; c != nil {
		c.Near()
		if c.Joint {
			n = min(n, c.Acked)
		}
	}
	if n > r.Committed() {
		r.CommitTo(n)
		r.acknowledge(r.now.before(r.self))
	}
	r.releaseReads()
	r.handOver()
	if r.recruit != nil {
		r.recruit.Announce(0)
	}
}

// onHeld takes notice of what the replica behind this one holds. What is committed
// there is told on, up to the head.
func (r *Replica) onHeld(from node.Addr, m *relay.Held) {
	s := r.sender(from)
	if s == nil || !s.Hear(m) {
		return
	}
	if r.recruit != nil && s == r.recruit.Sender {
		r.commitAtTail()
		r.pass()
		return
	}
	r.pass()
	if n := min(m.Commit, r.Last()); n > r.Committed() {
		r.CommitTo(n)
		r.acknowledge(r.now.before(r.self))
	}
}

func (r *Replica) onMissing(from node.Addr, m *relay.Missing) {
	if s := r.sender(from); s != nil {
		s.Lack(m, 0)
	}
}

// handOver says that the recruit may be the tail, and answers no reads from then on
// (I5).
func (r *Replica) handOver() {
	if r.recruit == nil || !r.recruit.Complete() || !r.lease.runs() {
		return
	}
	if !r.handing {
		r.Env.Note("hand over", slog.String("to", string(r.now.Joining)))
	}
	r.handing = true
	for _, a := range r.cfg.Masters {
		r.Env.Send(a, &CaughtUp{Epoch: r.now.Epoch, Joining: r.now.Joining, Round: r.lease.round})
	}
}

// onResend sends again what may be lost, and shows who is behind that this replica
// lives.
func (r *Replica) onResend() {
	r.resend.Reset(r.cfg.Resend / 2)
	r.Nudge()
	for _, s := range []*relay.Sender{r.behind, r.joining()} {
		if s != nil {
			s.Tell(0)
		}
	}
	r.pass()
	r.settle()
}

func (r *Replica) joining() *relay.Sender {
	if r.recruit == nil {
		return nil
	}
	return r.recruit.Sender
}
