package vr

import (
	"log/slog"
	"slices"

	"github.com/parleysystems/parley/node"
)

// recovery is what a replica knows that has lost its log (§4.3). It takes part in
// nothing until it has the log of the latest view's primary again.
//
// The paper has it forget everything. Then an answer or a DoViewChange that an
// earlier incarnation sent, and that was long under way, can count for what this
// one no longer knows (E. Michael et al., "Recovering shared objects without
// stable storage", 2017). Here the view is durable before anything is said in it,
// as in the protocol's first version of 1988, and a replica does not recover into
// an earlier one.
type recovery struct {
	nonce   uint64
	answers []answer
}

type answer struct {
	from node.Addr
	*RecoveryResponse
}

func (r *VR) startRecovery() {
	r.status = recovering
	// Random, so no answer to an earlier incarnation fits.
	r.recover = recovery{nonce: r.env.Rand().Uint64()}
	r.env.Note("recovering", slog.Uint64("view", uint64(r.view)))
	r.sendRecovery()
}

func (r *VR) sendRecovery() {
	if r.fetch.active {
		return
	}
	for _, a := range r.group().Members {
		if a != r.self {
			r.env.Send(a, &Recovery{Nonce: r.recover.nonce, View: r.view})
		}
	}
}

// onRecovery is answered by replicas whose status is normal. The group cannot go
// on without the view that the other was in, so it goes there.
func (r *VR) onRecovery(from node.Addr, m *Recovery) {
	learner := slices.Contains(r.group().Learners, from) && m.View.Epoch() == r.view.Epoch()
	if !learner && !r.votes(from, m.View) {
		return
	}
	switch {
	case m.View > r.view && !learner && r.mayLeave(from):
		r.startViewChange(m.View)
	case m.View <= r.view && r.status == normal && (r.leading.on || r.primaryOf(r.view) != r.self):
		r.env.Send(from, &RecoveryResponse{View: r.view, Nonce: m.Nonce, Primary: r.leading.on})
	}
}

// onRecoveryResponse fetches the log when f+1 have answered, among them the
// primary of the latest view that they know.
func (r *VR) onRecoveryResponse(from node.Addr, m *RecoveryResponse) {
	c := &r.recover
	if r.status != recovering || m.Nonce != c.nonce {
		return
	}
	c.add(answer{from, m})
	latest, primary := r.view, node.Addr("")
	for _, a := range c.answers {
		if a.View > latest {
			latest, primary = a.View, ""
		}
		if a.View == latest && a.Primary {
			primary = a.from
		}
	}
	if len(c.answers) >= r.group().quorum() && primary != "" {
		r.fetchState(entering, primary, latest)
	}
}

// add keeps each replica's latest answer.
func (c *recovery) add(one answer) {
	for i := range c.answers {
		if c.answers[i].from == one.from {
			c.answers[i] = one
			return
		}
	}
	c.answers = append(c.answers, one)
}
