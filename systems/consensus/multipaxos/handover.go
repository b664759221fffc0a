package multipaxos

import (
	"log/slog"
	"slices"

	"github.com/parleysystems/parley/node"
)

// handover is what the leader that made a change, and whoever was replaced by it,
// goes on doing until a quorum of the new acceptors knows what the old ones chose:
// only then are the old ones not needed any more.
type handover struct {
	config   *Configuration
	since    Slot // where it came into force
	informed []node.Addr
	done     func(error) // of who asked for the change, if that was here
}

// comeIntoForce acts on it that other acceptors have: the leadership ends, and phase
// 1 is run with the new ones (I5).
func (r *Paxos) comeIntoForce() {
	since, c := r.configs.inForce(r.chosen + 1)
	if since <= r.since {
		return
	}
	r.since = since
	r.env.Note("configuration in force", slog.Uint64("number", c.Number), slog.Uint64("slot", uint64(since)))
	led := r.leading.on
	var done func(error)
	if ch := r.leading.change; ch != nil && ch.proposed {
		done, ch.done = ch.done, nil
	}
	r.retire()
	r.campaign = nil
	if led || c.member(r.self) == nil {
		r.handover = &handover{config: c, since: since, done: done}
	}
	if led {
		r.startCampaign(0)
	}
	r.retryHandover()
}

// resumeHandover goes on, after a restart, if this replica was replaced.
func (r *Paxos) resumeHandover() {
	if since, c := r.configs.inForce(r.chosen + 1); since > 0 && c.member(r.self) == nil {
		r.handover = &handover{config: c, since: since}
	}
}

// retryHandover tells those of the new acceptors who have not said that they know.
func (r *Paxos) retryHandover() {
	h := r.handover
	if h == nil {
		return
	}
	for _, m := range h.config.Members {
		switch {
		case m.Learner || slices.Contains(h.informed, m.Addr):
		case m.Addr == r.self:
			r.informed(r.self, r.chosen)
		default:
			r.env.Send(m.Addr, &Known{Chosen: r.chosen, Ask: true})
		}
	}
}

// informed notes how much a replica knows.
func (r *Paxos) informed(who node.Addr, chosen Slot) {
	h := r.handover
	if h == nil || chosen+1 < h.since || !h.config.isVoter(who) || slices.Contains(h.informed, who) {
		return
	}
	h.informed = append(h.informed, who)
	if len(h.informed) < h.config.quorum() {
		return
	}
	r.handover = nil
	if h.done != nil {
		h.done(nil)
	}
}
