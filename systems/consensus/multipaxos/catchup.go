package multipaxos

import (
	"bytes"
	"fmt"
	"log/slog"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// fetching is chosen values on their way here: a laggard helps itself, from whoever
// knows more.
type fetching struct {
	from   node.Addr // "" while nothing is on its way
	target Slot
	asked  Slot          // the question that is open; 0 once it is answered
	moved  time.Duration // when there was progress
}

// fetch begins to fetch what is chosen up to a slot, unless that is going on.
func (r *Paxos) fetch(from node.Addr, target Slot) {
	f := &r.fetching
	if f.from != "" && r.env.Elapsed() < f.moved+r.cfg.Timeout {
		if f.from == from {
			f.target = max(f.target, target)
		}
		return
	}
	r.puller.Abandon()
	*f = fetching{from: from, target: target, moved: r.env.Elapsed()}
	r.ask()
}

// ask asks for the next values. Early: a question promises nothing.
func (r *Paxos) ask() {
	f := &r.fetching
	f.asked = r.chosen + 1
	r.env.SendEarly(f.from, &Fetch{From: f.asked})
}

// retryFetch asks again, or gives up if nothing has come for long.
func (r *Paxos) retryFetch() {
	f := &r.fetching
	switch {
	case f.from == "":
	case r.puller.Busy() && r.env.Elapsed() <= f.moved+4*r.cfg.Timeout:
		r.puller.Nudge()
	case r.env.Elapsed() > f.moved+4*r.cfg.Timeout:
		r.puller.Abandon()
		*f = fetching{}
	default:
		r.ask()
	}
}

// onFetch answers with what is chosen, or says that a checkpoint has its effect.
// Early: it is on as many disks as it takes, whether or not on this one.
func (r *Paxos) onFetch(from node.Addr, m *Fetch) {
	if p := r.leading.peer(from); p != nil {
		p.heard = r.env.Elapsed()
	}
	reply := &Values{First: m.From, Chosen: r.chosen}
	if m.From <= r.votes.base {
		reply.Checkpoint = true
	} else {
		reply.Values = r.votes.between(m.From, r.chosen, r.cfg.MaxValuesPerMessage, r.cfg.MaxBatchBytes)
	}
	r.env.SendEarly(from, reply)
}

// onValues takes the answer to the question that is open. Each is taken once: if a copy led
// to a question too, a network that copies would have more and more of them under way.
func (r *Paxos) onValues(from node.Addr, m *Values) {
	f := &r.fetching
	if from != f.from || m.First != f.asked || r.puller.Busy() {
		return
	}
	f.asked = 0
	if m.Checkpoint && m.First > r.chosen {
		f.moved = r.env.Elapsed()
		r.puller.Begin(from, r.onCheckpoint)
		return
	}
	known := r.chosen
	for i := range m.Values {
		r.learnValue(m.First+Slot(i), m.Values[i])
	}
	if r.chosen > known {
		f.moved = r.env.Elapsed()
		r.saveState() // later answers count these slots in
		r.learnedElsewhere(known)
		r.apply()
		r.comeIntoForce()
	}
	if f.from != "" && r.chosen < f.target && len(m.Values) > 0 {
		r.ask()
		return
	}
	*f = fetching{}
	r.campaignAgain()
}

// learnValue takes up the next chosen value. If it is what this acceptor accepted,
// there is nothing to write down.
func (r *Paxos) learnValue(s Slot, v Value) {
	if s != r.chosen+1 {
		return
	}
	if b := r.votes.ballot(s); b == 0 || r.votes.at(s).Kind != v.Kind || !bytes.Equal(r.votes.at(s).Data, v.Data) {
		r.votes.learn(s, v)
	}
	r.learn(s)
}

// campaignAgain goes on with a candidacy that was told to learn first (I7).
func (r *Paxos) campaignAgain() {
	if c := r.campaign; c != nil && !c.sealed && c.from <= r.chosen {
		r.startCampaign(c.over)
	}
}

// onKnown learns that this replica lags.
func (r *Paxos) onKnown(from node.Addr, m *Known) {
	r.informed(from, m.Chosen)
	switch {
	case m.Chosen > r.chosen:
		r.fetch(from, m.Chosen)
	case m.Ask:
		r.env.SendEarly(from, &Known{Chosen: r.chosen}) // Early: as in onFetch
	}
}

// onCheckpoint goes on behind a checkpoint that has arrived, durably.
func (r *Paxos) onCheckpoint(h rsm.SnapshotHeader, err error) {
	if err == nil {
		if r.leading.on { // asked before it led, too
			r.countOut(r.chosen, Slot(h.Index))
		}
		err = r.install(h)
	}
	if err != nil {
		r.env.Halt(fmt.Errorf("multipaxos: install checkpoint from %s: %w", r.fetching.from, err))
		return
	}
	r.env.Note("checkpoint installed", slog.Uint64("slot", uint64(h.Index)))
	if r.fetching.from != "" {
		r.fetching.moved = r.env.Elapsed()
		r.ask()
	}
	r.tell()
}
