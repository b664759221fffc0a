package vr

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/pull"
)

// State transfer (§5.2): a replica that lacks entries asks another for them. In
// the view that it is normal in it appends what comes. To enter a later view it
// gathers all behind its commit-number beside its log, and exchanges them at one
// stroke when everything is there (I5).

type purpose uint8

const (
	catching purpose = iota // up with the view that it is normal in
	entering                // a view, with its primary's log
	merging                 // a view as its primary, with the log that was chosen
	crossing                // into an epoch, with what is committed
)

// fetching is state on its way here.
type fetching struct {
	active   bool
	why      purpose
	from     node.Addr
	view     View
	base     OpNumber // gathered begins behind it
	gathered []Entry
	next     OpNumber // to ask for
	asked    GetState // the question that is open
	target   OpNumber // as far as the first answer said
	answered bool
	check    bool // whether the logs agree up to base is not known yet
	commit   OpNumber
	moved    time.Duration // when there was progress

	held []*Prepare // came too early, in order
}

// maxHeld bounds the Prepares that wait for those before them.
const maxHeld = 64

// stop gives up what is on its way.
func (f *fetching) stop(r *VR) {
	r.puller.Abandon()
	*f = fetching{}
}

// hold keeps a Prepare that came before others.
func (f *fetching) hold(m *Prepare) {
	if len(f.held) < maxHeld {
		f.held = append(f.held, m)
	}
}

// release takes the Prepares up whose turn has come.
func (f *fetching) release(r *VR) {
	rest := f.held[:0]
	for _, m := range f.held {
		switch {
		case m.View != r.view || r.status != normal:
		case m.First > r.log.last()+1:
			rest = append(rest, m)
		default:
			r.extend(m.First, m.Entries)
		}
	}
	clear(f.held[len(rest):])
	f.held = rest
}

// catchUp asks for what the primary has and this replica missed.
func (r *VR) catchUp(from node.Addr) { r.fetchState(catching, from, r.view) }

// fetchState begins a transfer, unless one that serves the purpose moves on.
func (r *VR) fetchState(why purpose, from node.Addr, v View) {
	f, now := &r.fetch, r.env.Elapsed()
	if f.active && f.view >= v && now < f.moved+r.cfg.ViewTimeout {
		return
	}
	held := f.held
	f.stop(r)
	*f = fetching{active: true, why: why, from: from, view: v, moved: now, held: held}
	r.restartFetch()
}

// restartFetch asks from where this replica's own state ends.
func (r *VR) restartFetch() {
	f := &r.fetch
	f.base, f.gathered, f.answered, f.check = r.log.last(), nil, false, true
	f.next = f.base + 1
	r.ask()
}

// ask asks for the next entries: first behind the end of this replica's log, and
// if the logs do not agree there, behind what is committed.
func (r *VR) ask() {
	f := &r.fetch
	m := &GetState{View: f.view, From: f.next, Committed: f.why == crossing}
	if f.check && f.next > r.commit+1 {
		m.Check, m.Prev = true, r.log.view(f.next-1)
	}
	f.asked = *m
	r.env.SendEarly(f.from, m) // Early: a question promises nothing
}

// retryFetch asks again, or gives up if nothing has come for long.
func (r *VR) retryFetch() {
	f := &r.fetch
	switch {
	case !f.active:
	case r.env.Elapsed() > f.moved+4*r.cfg.ViewTimeout:
		f.stop(r)
	case r.puller.Busy():
		r.puller.Nudge()
	default:
		r.ask()
	}
}

// onGetState answers with entries, or says that a checkpoint has taken their
// place. Out of its view a replica answers only with what is committed.
func (r *VR) onGetState(from node.Addr, m *GetState) {
	sameView := m.View == r.view && (r.status == normal || r.status == viewChange)
	if b := r.leading.backup(from); sameView && b != nil {
		b.heard = r.env.Elapsed()
	}
	switch {
	case m.Committed && r.status != recovering && r.view.Epoch() >= m.View.Epoch() && r.knowsEpoch():
		r.sendState(from, m, r.commit)
	case !m.Committed && sameView:
		r.sendState(from, m, r.log.last())
	}
}

// knowsEpoch tells whether this replica has executed all before its epoch.
func (r *VR) knowsEpoch() bool {
	at, _ := r.configs.of(r.view.Epoch())
	return r.commit >= at
}

func (r *VR) sendState(to node.Addr, m *GetState, last OpNumber) {
	reply := &NewState{View: m.View, First: m.From, Check: m.Check, Prev: m.Prev, Op: last, Commit: r.commit}
	switch {
	case m.Check && (m.From > last+1 || m.From > r.log.base && r.log.view(m.From-1) != m.Prev):
		reply.Differs = true
	case m.From <= r.log.base:
		reply.Checkpoint = true
	default:
		reply.Entries = r.log.between(m.From, last, r.cfg.MaxEntriesPerMessage, r.cfg.MaxBatchBytes)
	}
	r.env.Send(to, reply)
}

// answers tells whether this is the answer to a question, which may have been asked
// before, and not to another one: an earlier transfer may have begun elsewhere, and its
// answers, long under way, would put entries behind a log that they do not belong to.
func (m *NewState) answers(q *GetState) bool {
	return m.View == q.View && m.First == q.From && m.Check == q.Check && m.Prev == q.Prev
}

func (r *VR) onNewState(from node.Addr, m *NewState) {
	f := &r.fetch
	if !f.active || from != f.from || !m.answers(&f.asked) || r.puller.Busy() {
		return
	}
	f.moved = r.env.Elapsed()
	r.resetDeadline()
	if m.Differs {
		f.base, f.check = r.commit, false
		f.next = f.base + 1
		r.ask()
		return
	}
	if m.Checkpoint {
		r.puller.Begin(from, r.onCheckpoint)
		return
	}
	if f.check = false; !f.answered {
		f.answered, f.target = true, m.Op
	}
	f.commit = max(f.commit, m.Commit)
	if f.why == catching {
		r.extend(m.First, m.Entries)
	} else {
		f.gathered = append(f.gathered, m.Entries...)
	}
	f.next += OpNumber(len(m.Entries))
	switch {
	case f.next > f.target:
		r.fetched()
	case len(m.Entries) > 0:
		r.ask()
	}
}

// fetched uses what has arrived in full.
func (r *VR) fetched() {
	f := r.fetch
	r.fetch = fetching{held: f.held}
	if f.why == catching {
		r.caughtUp(&f)
		return
	}
	stale := f.view < r.view || f.view == r.view && r.status == normal
	base := max(f.base, r.commit)
	if stale || base > f.base+OpNumber(len(f.gathered)) || base > r.log.last() {
		return
	}
	r.exchange(f.view, base, f.gathered[base-f.base:])
	r.heard = r.env.Elapsed()
	r.resetDeadline()
	if f.why == merging {
		r.becomePrimary(max(f.commit, r.change.commit))
		return
	}
	r.becomeNormal(min(f.commit, r.log.last()))
}

func (r *VR) caughtUp(f *fetching) {
	if r.view != f.view || r.status != normal || r.leading.on {
		return
	}
	r.fetch.release(r)
	r.commitTo(min(f.commit, r.log.last()))
	r.acknowledge(r.primaryOf(r.view), 0)
}

// exchange puts another log in the place of this one's end behind base, which
// belongs to earlier views. What is committed stays as it is.
func (r *VR) exchange(v View, base OpNumber, entries []Entry) {
	r.retire()
	r.log.truncate(base + 1)
	r.configs.truncate(base + 1)
	if v.Epoch() > r.view.Epoch() {
		r.started = nil
	}
	record := byte(recordFirstOther)
	for _, e := range entries {
		r.log.append(record, e)
		record = recordNextOther
	}
	r.view, r.normal = v, v
	if r.log.stream != nil {
		r.save(recordExchange, uint64(base), uint64(v), uint64(len(entries)))
	} else {
		r.saveView()
	}
	r.groupAt(base + 1)
}

// becomeNormal takes part in the view, or, if this replica was replaced, in
// nothing any more.
func (r *VR) becomeNormal(commit OpNumber) {
	v, c := r.view, r.group()
	if r.status == recovering {
		r.env.Note("recovered", slog.Uint64("view", uint64(v)))
	}
	r.change, r.recover = changing{}, recovery{}
	r.status = normal
	if !c.serves(r.self) {
		r.status = left
	}
	r.commitTo(commit)
	if r.view != v {
		return
	}
	r.saveEpoch()
	r.sendEpochStarted(c)
	switch primary := c.primary(v); {
	case r.status == left:
	case primary == r.self:
		r.awaitLead()
	default:
		r.settle(primary)
		r.fetch.release(r)
		r.acknowledge(primary, 0)
	}
}

// onPiece takes a piece of a checkpoint: as with entries, there is progress.
func (r *VR) onPiece(from node.Addr, m *pull.Piece) {
	if r.puller.Receive(from, m) {
		r.fetch.moved = r.env.Elapsed()
		r.resetDeadline()
	}
}

// onCheckpoint goes on behind a checkpoint that has arrived, durably.
func (r *VR) onCheckpoint(h rsm.SnapshotHeader, err error) {
	if err == nil {
		err = r.install(h)
	}
	if err != nil {
		r.env.Halt(fmt.Errorf("vr: install checkpoint from %s: %w", r.fetch.from, err))
		return
	}
	if r.fetch.active {
		r.fetch.moved = r.env.Elapsed()
		r.restartFetch()
	}
	r.tell()
}
