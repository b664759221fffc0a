package vr

import (
	"log/slog"
	"slices"

	"github.com/parleysystems/parley/node"
)

// changing is what a replica in status viewChange knows of the change.
type changing struct {
	from     []node.Addr // who has left all earlier views, this replica included
	reported bool        // DoViewChange was sent
	reports  []report    // at the new primary
	merging  bool        // enough of them are there
	commit   OpNumber    // the highest commit-number among them
}

// report is a DoViewChange and whose it is.
type report struct {
	from node.Addr
	*DoViewChange
}

// moveTo leaves all views before v. What this replica promised as a member of
// them, others may find broken only once it is durable that it left.
func (r *VR) moveTo(v View) {
	r.retire()
	r.status, r.view = viewChange, v
	r.saveView()
	r.change = changing{from: []node.Addr{r.self}}
	r.fetch.stop(r)
	r.resetDeadline()
}

// startViewChange suspects the primary, or follows who does (§4.2, step 1).
func (r *VR) startViewChange(v View) {
	r.moveTo(v)
	r.env.Note("view change", slog.Uint64("view", uint64(v)))
	r.sendStartViewChange()
	r.report()
}

func (r *VR) sendStartViewChange() {
	for _, a := range r.group().Members {
		if a != r.self {
			r.env.Send(a, &StartViewChange{View: r.view})
		}
	}
}

// votes tells whether a message of a view change is of this epoch, and from one
// who has a say in it to one who has, too.
func (r *VR) votes(from node.Addr, v View) bool {
	if v.Epoch() != r.view.Epoch() {
		r.hearOtherEpoch(from, v)
		return false
	}
	return r.group().has(from) && r.hasSay()
}

// hasSay tells whether this replica takes part in view changes.
func (r *VR) hasSay() bool {
	return r.group().has(r.self) && (r.status == normal || r.status == viewChange)
}

func (r *VR) onStartViewChange(from node.Addr, m *StartViewChange) {
	if !r.votes(from, m.View) {
		return
	}
	switch {
	case m.View <= r.view:
	case r.mayLeave(from):
		r.startViewChange(m.View)
	default:
		r.env.Note("lease holds", slog.String("other", string(from)))
	}
	switch {
	case m.View <= r.view && r.leading.on:
		r.sendStartView(from) // it missed the beginning of this view
	case m.View == r.view && r.status == viewChange:
		if !slices.Contains(r.change.from, from) {
			r.change.from = append(r.change.from, from)
		}
		r.report()
	}
}

// report tells the new primary of this replica's log, once f others have left the
// earlier views, too (§4.2, step 2).
func (r *VR) report() {
	if len(r.change.from) < r.group().quorum() {
		return
	}
	r.change.reported = true
	m := &DoViewChange{View: r.view, Normal: r.normal, Op: r.log.last(), Commit: r.commit}
	if to := r.primaryOf(r.view); to != r.self {
		r.env.Send(to, m)
	} else {
		r.collect(report{r.self, m})
	}
}

// onDoViewChange is proof that f+1 have left the earlier views, so this replica
// may leave them, whatever it hears.
func (r *VR) onDoViewChange(from node.Addr, m *DoViewChange) {
	if !r.votes(from, m.View) {
		return
	}
	if m.View > r.view {
		r.startViewChange(m.View)
	}
	switch {
	case m.View <= r.view && r.leading.on:
		r.sendStartView(from)
	case m.View == r.view && r.status == viewChange && r.primaryOf(r.view) == r.self:
		r.collect(report{r.self, &DoViewChange{View: r.view, Normal: r.normal, Op: r.log.last(), Commit: r.commit}})
		r.collect(report{from, m})
	}
}

// collect counts each replica once, and chooses the log when f+1 have reported.
func (r *VR) collect(one report) {
	c := &r.change
	known := slices.ContainsFunc(c.reports, func(x report) bool { return x.from == one.from })
	if known || c.merging {
		return
	}
	c.reports = append(c.reports, one)
	if len(c.reports) < r.group().quorum() {
		return
	}
	c.merging = true
	best := c.reports[0]
	for _, x := range c.reports {
		c.commit = max(c.commit, x.Commit)
		if better(x.DoViewChange, best.DoViewChange) {
			best = x
		}
	}
	r.take(best)
}

// better tells whether a log is to be preferred: the latest view in which its
// owner was normal decides, then the length (§4.2, step 3). A longer log of an
// earlier view may be what a dead primary left behind.
func better(x, y *DoViewChange) bool {
	//parley:rule vr.viewchange.state-from-quorum value=x.Op>y.Op
	later := x.Normal > y.Normal || x.Normal == y.Normal && x.Op > y.Op
	return later
}

// take makes the chosen log this replica's own: as it is, if it has an equal one.
func (r *VR) take(best report) {
	r.env.Note("log chosen", slog.String("from", string(best.from)))
	//parley:rule vr.viewchange.state-from-quorum vr.vs-raft.leadership force=false
	if r.lacks(best) {
		r.env.Note("lacked entries", slog.Uint64("op", uint64(best.Op)))
		r.fetchState(merging, best.from, r.view)
		return
	}
	r.normal = r.view
	r.saveView()
	r.becomePrimary(r.change.commit)
}

func (r *VR) lacks(best report) bool { return best.Normal != r.normal || best.Op != r.log.last() }

// becomePrimary begins the view with the log that this replica has now.
func (r *VR) becomePrimary(commit OpNumber) {
	v := r.view
	r.status, r.change = normal, changing{}
	r.commitTo(min(commit, r.log.last()))
	if r.view == v {
		r.awaitLead()
	}
}

func (r *VR) sendStartView(to node.Addr) {
	r.env.Send(to, &StartView{View: r.view, Op: r.log.last(), Commit: r.commit})
}

// onStartView enters the view with the primary's log (§4.2, step 5).
func (r *VR) onStartView(from node.Addr, m *StartView) {
	if r.inView(from, m.View) {
		r.acknowledge(from, 0)
	}
}

// enter fetches the log of a view that has begun, as its primary's message shows.
func (r *VR) enter(from node.Addr, v View) {
	switch {
	case r.status == recovering:
		r.hearOtherEpoch(from, v)
		return
	case r.status == left && v.Epoch() == r.view.Epoch():
		return
	}
	if v > r.view && v.Epoch() == r.view.Epoch() {
		r.moveTo(v)
	}
	r.fetchState(entering, from, v)
}

// onRetry sends again what may have been lost.
func (r *VR) onRetry() {
	r.retry.Reset(r.retryInterval())
	switch {
	case r.status == recovering:
		r.sendRecovery()
	case r.status == joining:
	case !r.group().has(r.self):
		r.sendStartEpochs()
	case r.status == viewChange && !r.fetch.active:
		r.sendStartViewChange()
		r.report()
	}
	r.retryFetch()
	r.tell()
}
