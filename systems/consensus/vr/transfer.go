package vr

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// transfer is the primacy on its way to a chosen replica: the primary takes no
// more requests, waits until the other has its whole log, and starts the change
// to the next view in which it is that one's turn.
type transfer struct {
	to       node.Addr
	deadline time.Duration
	done     func(error)
}

// Transfer hands the primacy to another replica.
func (r *VR) Transfer(to node.Addr, done func(error)) {
	l := &r.leading
	switch {
	case !l.on:
		done(rsm.ErrNotLeader)
	case to == r.self:
		done(nil)
	case !r.group().has(to):
		done(rsm.ErrRefused)
	case l.transfer != nil || l.next > 0:
		done(rsm.ErrBusy)
	default:
		l.transfer = &transfer{to: to, deadline: r.env.Elapsed() + 2*r.cfg.ViewTimeout, done: done}
		r.advanceTransfer()
	}
}

// advanceTransfer leaves the view once the other's log is complete.
func (r *VR) advanceTransfer() {
	t := r.leading.transfer
	if t == nil || r.leading.backup(t.to).acked < r.log.last() {
		return
	}
	v := r.view + 1
	for r.primaryOf(v) != t.to {
		v++
	}
	r.startViewChange(v)
}

// giveUpTransfer ends a transfer that takes too long: this primary goes on.
func (r *VR) giveUpTransfer() {
	if t := r.leading.transfer; t != nil && r.env.Elapsed() >= t.deadline {
		r.leading.transfer = nil
		t.done(rsm.ErrUnknown)
	}
}

// settle ends a transfer after which this replica no longer led, now that it
// knows who does.
func (r *VR) settle(primary node.Addr) {
	t := r.handed
	if t == nil {
		return
	}
	r.handed = nil
	if t.to == primary {
		t.done(nil)
		return
	}
	t.done(rsm.ErrUnknown)
}
