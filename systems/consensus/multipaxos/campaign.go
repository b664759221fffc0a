package multipaxos

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// campaign is a candidate's phase 1, in all slots behind its chosen prefix at once
// (PMS §3).
type campaign struct {
	ballot Ballot
	over   Ballot // whose leader asked for it, if it did
	from   Slot
	config *Configuration // of slot from
	asked  []*promiser
	found  []Vote // by slot, from from on: the highest acceptance told of
	// sealed: a quorum has promised, this replica last.
	sealed bool
}

// promiser is an acceptor that was asked for its promise.
type promiser struct {
	addr  node.Addr
	next  Slot       // the page that is wanted
	early []*Promise // pages behind it
	done  bool
}

// Bounds of the pages that are on their way at once.
const (
	maxPages   = 16
	maxBackoff = 4 // doublings
)

// resetDeadline draws when this replica becomes a candidate: if all took the same
// time, they would oppose each other for ever. It is [T, 2T], and more after
// refusals, since a candidacy may take longer than that.
func (r *Paxos) resetDeadline() {
	t := r.cfg.Timeout
	r.deadline = r.env.Elapsed() + t + r.drawUpTo(t<<r.refusals)
}

func (r *Paxos) drawUpTo(d time.Duration) time.Duration {
	return time.Duration(r.env.Rand().Int64N(int64(d) + 1))
}

// hurry makes a proposer that was refused a candidate soon, at a random time: who
// refused it may be about to succeed, and others may hurry, too. The more often that
// happens, the less the hurry.
func (r *Paxos) hurry() {
	r.deadline = r.env.Elapsed() + r.drawUpTo(r.cfg.Timeout/2<<r.refusals)
	r.timer.Reset(r.deadline - r.env.Elapsed())
	r.refusals = min(r.refusals+1, maxBackoff)
}

// onTimer begins a candidacy if no leader was heard of for the timeout. Hearing of
// one moves only the deadline: to reset the timer for every message would cost more.
func (r *Paxos) onTimer() {
	if wait := r.deadline - r.env.Elapsed(); wait > 0 {
		r.timer.Reset(wait)
		return
	}
	r.resetDeadline()
	r.timer.Reset(r.deadline - r.env.Elapsed())
	if !r.leading.on {
		r.leader = ""
		r.settle("")
		r.startCampaign(0)
	}
	r.tell()
}

// startCampaign takes a ballot above all that this replica knows of, and asks the
// others for promises. Its own it gives last: until a quorum is near, it goes on
// accepting from the leader that it suspects.
func (r *Paxos) startCampaign(over Ballot) {
	config, _ := r.configs.of(r.chosen + 1)
	if !config.isVoter(r.self) || r.campaign != nil && r.campaign.sealed {
		return
	}
	r.retire()
	r.tried = max(r.tried, r.promised).above(config.id(r.self))
	r.saveState()
	c := &campaign{ballot: r.tried, over: over, from: r.chosen + 1, config: config}
	r.campaign = c
	r.env.Note("campaign", slog.Uint64("ballot", uint64(c.ballot)), slog.Uint64("from", uint64(c.from)))
	for _, m := range config.Members {
		if m.Addr != r.self && !m.Learner {
			c.asked = append(c.asked, &promiser{addr: m.Addr, next: c.from})
		}
	}
	r.retryCampaign()
	r.seal()
}

// retryCampaign asks those whose promise is not complete.
func (r *Paxos) retryCampaign() {
	if r.campaign == nil {
		return
	}
	for _, p := range r.campaign.asked {
		if !p.done {
			r.prepare(p)
		}
	}
}

func (r *Paxos) prepare(p *promiser) {
	r.env.Send(p.addr, &Prepare{Ballot: r.campaign.ballot, From: p.next, Over: r.campaign.over})
}

// onPromise takes a page of what an acceptor has accepted.
func (r *Paxos) onPromise(from node.Addr, m *Promise) {
	c := r.campaign
	if c == nil || m.Ballot != c.ballot {
		return
	}
	for _, p := range c.asked {
		if p.addr == from && !p.done && c.take(p, m) {
			r.prepare(p)
		}
	}
	r.seal()
}

// take takes a page, or puts it by if its turn has not come. It reports whether more
// is to be asked for.
func (c *campaign) take(p *promiser, m *Promise) (more bool) {
	if m.From > p.next && len(p.early) < maxPages {
		p.early = append(p.early, m)
	}
	for m != nil && m.From == p.next && !p.done {
		for i := range m.Votes {
			c.report(m.Votes[i])
		}
		p.next, p.done, more = m.Next, m.Next == 0, m.More
		m = p.turn()
	}
	return more && !p.done
}

// turn returns the page whose turn has come, if it is there, and forgets those whose
// turn is over.
func (p *promiser) turn() *Promise {
	p.early = slices.DeleteFunc(p.early, func(m *Promise) bool { return m.From < p.next })
	for _, m := range p.early {
		if m.From == p.next {
			return m
		}
	}
	return nil
}

// report keeps the acceptance of the highest ballot in each slot (I3): whatever was
// chosen in a lower one is it, since the proposer of the highest asked a quorum, too.
func (c *campaign) report(v Vote) {
	if v.Slot < c.from || v.Slot > c.from+2*maxGap {
		return
	}
	i := int(v.Slot - c.from)
	for i >= len(c.found) {
		c.found = append(c.found, Vote{})
	}
	//parley:rule multipaxos.leader.election-and-liveness value=c.found[i].Ballot==0||v.Ballot<c.found[i].Ballot
	higher := v.Ballot > c.found[i].Ballot
	if higher {
		c.found[i] = v
	}
}

// seal adds this replica's own promise to those of the others, if it completes a
// quorum. Phase 2 begins once it is durable: from then on messages may leave ahead
// of the disk.
func (r *Paxos) seal() {
	c := r.campaign
	promises := 1
	for _, p := range c.asked {
		if p.done {
			promises++
		}
	}
	if c.sealed || promises < c.config.quorum() {
		return
	}
	if c.ballot <= r.promised {
		panic(fmt.Sprintf("multipaxos: campaign for ballot %v goes on, and %v is promised", c.ballot, r.promised))
	}
	c.sealed = true
	r.moveTo(c.ballot)
	r.env.Durable(func() {
		if r.campaign == c {
			r.lead()
			r.tell()
		}
	})
}

// onRefuse makes a proposer that was refused try a higher ballot, after a pause in
// which the other may get through: a short one, unless the other was asked to take
// over.
func (r *Paxos) onRefuse(m *Refuse) {
	mine := r.campaign != nil && m.Ballot == r.campaign.ballot || r.leading.on && m.Ballot == r.leading.ballot
	if !mine || m.Promised <= m.Ballot {
		return
	}
	r.env.Note("refused", slog.Uint64("ballot", uint64(m.Ballot)), slog.Uint64("promised", uint64(m.Promised)))
	r.tried = max(r.tried, m.Promised)
	r.retire()
	r.campaign = nil
	r.leader = ""
	if r.handed == nil {
		r.hurry()
	}
}
