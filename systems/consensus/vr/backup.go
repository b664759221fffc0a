package vr

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// retryInterval is how often what may be lost is sent again.
func (r *VR) retryInterval() time.Duration { return r.cfg.ViewTimeout / 4 }

// resetDeadline draws from [T, 2T] when a view change begins: replicas that took
// the same time would all leave together for views whose primaries are dead.
func (r *VR) resetDeadline() {
	t := r.cfg.ViewTimeout
	r.deadline = r.env.Elapsed() + t + time.Duration(r.env.Rand().Int64N(int64(t)+1))
}

// onTimer starts a view change if the primary was silent for the timeout, and the
// next one if a view change got nowhere. Hearing from the primary moves only the
// deadline: to reset the timer for every message would cost more.
func (r *VR) onTimer() {
	if wait := r.deadline - r.env.Elapsed(); wait > 0 {
		r.timer.Reset(wait)
		return
	}
	r.resetDeadline()
	r.timer.Reset(r.deadline - r.env.Elapsed())
	switch {
	case r.leading.on || !r.hasSay():
	case r.status == normal:
		r.settle("")
		r.startViewChange(r.view + 1)
	case len(r.change.from) >= r.group().quorum():
		// Whoever is not followed stays where it is: in a minority the number
		// would rise without end.
		r.startViewChange(r.view + 1)
	}
	r.tell()
}

// hear takes notice of the primary of the view.
func (r *VR) hear(from node.Addr) {
	r.heard = r.env.Elapsed()
	r.resetDeadline()
	r.settle(from)
}

// inView tells whether a primary's message is of the view that this replica is
// normal in. Of a later view, or one whose beginning it missed, it fetches the
// log first.
func (r *VR) inView(from node.Addr, v View) bool {
	switch {
	case v == r.view && r.status == normal:
		r.hear(from)
		return !r.leading.on
	case v >= r.view:
		r.enter(from, v)
	default:
		r.hearOtherEpoch(from, v)
	}
	return false
}

// onPrepare adds entries to the log, strictly in order (§4.1, step 4). What two
// logs of a view have in common is equal, so only what is new is looked at.
func (r *VR) onPrepare(from node.Addr, m *Prepare) {
	if !r.inView(from, m.View) {
		return
	}
	//parley:rule vr.normal.primary-copy force=false
	if m.First > r.log.last()+1 {
		r.fetch.hold(m)
		r.catchUp(from)
		return
	}
	r.extend(m.First, m.Entries)
	r.fetch.release(r)
	r.commitTo(min(m.Commit, r.log.last()))
	r.acknowledge(from, m.Round)
}

// extend appends what the log does not have yet.
func (r *VR) extend(first OpNumber, entries []Entry) {
	for i := range entries {
		if n := first + OpNumber(i); n > r.log.last() {
			r.log.append(recordEntry, entries[i])
			r.groupAt(r.log.last())
		}
	}
}

// groupAt takes up the group that an entry tells of.
func (r *VR) groupAt(n OpNumber) {
	if err := r.adoptGroups(n); err != nil {
		panic(err) // a primary encoded it
	}
}

// acknowledge answers the primary. The answer is held until the log is durable.
func (r *VR) acknowledge(to node.Addr, round uint64) {
	if r.status != normal || r.leading.on {
		return
	}
	now := logEnd{r.view, r.log.last()}
	r.env.Send(to, &PrepareOK{View: now.view, Op: now.op, Round: round})
	r.syncing++
	r.env.Durable(func() {
		r.syncing--
		if r.status == normal && r.view == now.view {
			r.synced = now
		}
	})
}

// logEnd is how far the log goes in a view.
type logEnd struct {
	view View
	op   OpNumber
}

// sayAlive answers the primary; while acknowledgements wait for the disk, at once, with
// what is there: a slow sync does not make a primary whose backups live believe that it
// has lost them.
func (r *VR) sayAlive(to node.Addr, round uint64) {
	if r.syncing == 0 || r.synced.view != r.view || r.status != normal || r.leading.on {
		r.acknowledge(to, round) // the view itself may not be durable
		return
	}
	// Early: it was durable before, and in a view a log only grows (I2).
	r.env.SendEarly(to, &PrepareOK{View: r.view, Op: r.synced.op, Round: round})
}

func (r *VR) onCommit(from node.Addr, m *Commit) {
	if !r.inView(from, m.View) || r.forgot(from, m) {
		return
	}
	r.commitTo(min(m.Commit, r.log.last()))
	if r.view != m.View {
		return // the epoch is over
	}
	r.sayAlive(from, m.Round)
	if m.Op > r.log.last() {
		r.catchUp(from)
	}
}

// commitTo raises the commit-number, which never goes back, and executes.
func (r *VR) commitTo(n OpNumber) {
	if n > r.commit {
		r.commit = n
		r.applyCommitted()
	}
}

// applyCommitted executes what is committed, in order (§4.1, step 7). The applier
// may submit, but that commits nothing before this returns.
func (r *VR) applyCommitted() {
	if r.applying {
		return
	}
	r.applying = true
	for r.applied < r.commit {
		r.applied++
		e := r.log.at(r.applied)
		r.sinceCheckpoint += e.size()
		if e.Kind == Request {
			r.app.Apply(r.applied, e.Data)
		} else {
			r.endEpoch(r.applied)
		}
	}
	r.applying = false
	r.asking.Release(r.applied)
	r.maybeCheckpoint()
}
