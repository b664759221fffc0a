package vr

import (
	"log/slog"
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// reconfiguring tells whether this primary's epoch is about to end.
func (l *primaryState) reconfiguring() bool { return l.next > 0 }

// Reconfigure makes members the next epoch's group (§7). Requests pause until it
// has begun.
func (r *VR) Reconfigure(members []rsm.Member, done func(error)) {
	l := &r.leading
	if !l.on {
		done(rsm.ErrNotLeader)
		return
	}
	c := l.group.next(members)
	switch {
	case c == nil:
		done(rsm.ErrRefused)
	case l.next > 0 || l.transfer != nil || !r.knowsCommit():
		done(rsm.ErrBusy)
	case r.promotesTooEarly(c):
		done(rsm.ErrRefused)
	case slices.Equal(c.Members, l.group.Members) && slices.Equal(c.Learners, l.group.Learners):
		done(nil)
	default:
		r.env.Note("configuration", slog.Uint64("epoch", uint64(c.Epoch)))
		l.done, l.next = done, r.log.last()+1
		r.propose(Reconfiguration, c.encode())
	}
}

// promotesTooEarly tells whether the next group makes a member of a learner that
// lacks more than a tenth of what is committed. One that is not there would never get
// it, and who asks can ask again: this is how a new replica is brought up to date
// before it counts (§7.4).
func (r *VR) promotesTooEarly(next *Configuration) bool {
	for _, b := range r.leading.peers {
		if b.learner && next.has(b.addr) && b.acked*10 < r.commit*9 {
			return true
		}
	}
	return false
}

// endEpoch begins the next epoch, now that the Reconfiguration at op-number n is
// committed: nothing more is ever committed in this one, since a primary that has
// it in its log takes no requests behind it (I6).
func (r *VR) endEpoch(n OpNumber) {
	c, err := decodeConfiguration(r.log.at(n).Data)
	if err != nil {
		panic(err) // a primary encoded it
	}
	if c.Epoch <= r.view.Epoch() {
		return // executed again, or fetched from a later epoch
	}
	done := r.leading.done
	r.leading.done = nil
	was := r.group()
	r.retire()
	r.fetch.stop(r)
	r.view = ViewOf(c.Epoch, 0)
	r.normal, r.status, r.change, r.started = r.view, normal, changing{}, nil
	r.env.Note("epoch", slog.Uint64("epoch", uint64(c.Epoch)))
	r.saveView()
	r.saveEpoch()
	r.resetDeadline()
	r.heard = r.env.Elapsed()
	switch {
	case !c.serves(r.self):
		r.status = left
	case c.primary(r.view) == r.self:
		r.awaitLead()
	}
	switch {
	case was.has(r.self) && !c.has(r.self) && c.serves(r.self):
		r.env.Note("demoted")
	case !was.has(r.self) && was.serves(r.self) && c.has(r.self):
		r.env.Note("promoted")
	}
	for _, a := range sorted(c.all(), c.Old) {
		r.sendStartEpoch(a)
	}
	if done != nil {
		done(nil)
	}
}

// saveEpoch keeps a volatile replica from forgetting who its group is.
func (r *VR) saveEpoch() {
	if r.log.stream == nil {
		at, c := r.configs.of(r.view.Epoch())
		before := r.saveGroup(at, c)
		r.saveView()
		r.env.Durable(func() { r.stream.Trim(before) })
	}
}

func (r *VR) sendStartEpoch(to node.Addr) {
	if at, c := r.configs.of(r.view.Epoch()); c != nil && to != r.self {
		r.env.Send(to, &StartEpoch{View: ViewOf(c.Epoch, 0), Op: at})
	}
}

// onStartEpoch crosses into an epoch with what was committed before it (§7.1). A
// replica that recovers needs the log of its own epoch no more then; in the new one
// it has said nothing, or its view would be of it.
func (r *VR) onStartEpoch(from node.Addr, m *StartEpoch) {
	switch {
	case m.View > r.view:
		if r.status == recovering {
			r.env.Note("recovers into an epoch", slog.Uint64("epoch", uint64(m.View.Epoch())))
		}
		r.fetchState(crossing, from, m.View)
	case r.status == normal:
		r.env.Send(from, &EpochStarted{View: m.View})
	}
}

// sendEpochStarted tells replaced replicas that one of the new group has what
// they have. (Old was their group.)
func (r *VR) sendEpochStarted(c *Configuration) {
	for _, a := range c.Old {
		if !c.serves(a) && r.status == normal {
			r.env.Send(a, &EpochStarted{View: ViewOf(c.Epoch, 0)})
		}
	}
}

func (r *VR) onEpochStarted(from node.Addr, m *EpochStarted) {
	current := !r.group().has(r.self) && m.View.Epoch() == r.view.Epoch() && r.group().has(from)
	if current && !slices.Contains(r.started, from) {
		r.started = append(r.started, from)
	}
}

// sendStartEpochs is what a replica that has no say any more, replaced or made a
// learner, goes on doing until a quorum of the new group needs it no more (§7.1.1): it
// may be the only one that knows of the epoch. It still answers who asks afterwards.
func (r *VR) sendStartEpochs() {
	if len(r.started) >= r.group().quorum() {
		return
	}
	for _, a := range r.group().Members {
		if !slices.Contains(r.started, a) {
			r.sendStartEpoch(a)
		}
	}
}

// hearOtherEpoch answers a message of another epoch: who is behind is told of the
// present one; who is ahead is asked, by what shows that this replica is behind. (A
// new member asks, too: a group that needs it to have a primary again would wait for
// it for ever, if the StartEpoch was lost.)
func (r *VR) hearOtherEpoch(from node.Addr, v View) {
	switch {
	case v.Epoch() > r.view.Epoch():
		r.env.Send(from, &StartViewChange{View: r.view})
	case r.status == recovering || r.status == joining: // has nothing to tell
	case v.Epoch() < r.view.Epoch():
		r.sendStartEpoch(from)
	}
}
