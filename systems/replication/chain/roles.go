package chain

import (
	"log/slog"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
)

// enter takes up a later configuration.
func (r *Replica) enter(c *Configuration) {
	if c.Epoch <= r.now.Epoch {
		return
	}
	led := r.Leads()
	r.now = c
	r.Mark(c.encode())
	r.Leave()
	if !c.has(r.self) {
		r.lease.end()
	}
	if r.Leads() && !led {
		r.Env.Note("lead", slog.Uint64("epoch", uint64(c.Epoch)))
	}
	r.takePlace()
}

// takePlace becomes what the configuration says. To whoever stands behind now goes
// what that one lacks: of what was sent to a failed replica some may not have come
// through (CR §3.2).
func (r *Replica) takePlace() {
	r.behind, r.recruit, r.handing, r.began = nil, nil, false, r.Last()
	r.reads.Abandon(rsm.ErrNoLeader)
	r.queries.abandon()
	if next := r.now.behind(r.self); next != "" {
		r.behind = r.NewSender(next, r.now.Epoch, 0)
	}
	if r.isTail() && r.now.Joining != "" {
		s := r.NewSender(r.now.Joining, r.now.Epoch, 0)
		r.recruit = &relay.Recruit{Sender: s, Began: r.Last()}
	}
	r.AwaitDisk(r.advance)
}

// sender returns the way to a replica behind this one, or nil.
func (r *Replica) sender(a node.Addr) *relay.Sender {
	switch {
	case r.behind != nil && r.behind.To == a:
		return r.behind
	case r.recruit != nil && r.recruit.To == a:
		return r.recruit.Sender
	}
	return nil
}
