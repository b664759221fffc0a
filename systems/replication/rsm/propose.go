package rsm

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// ownSession is the session in which this incarnation proposes for its doors.
// A restarted replica opens another: it no longer knows what was outstanding.
type ownSession struct {
	id    uint64 // 0 while it is not open
	nonce uint64 // by which OpenSession is known again
	asked bool   // OpenSession is on its way

	// The i-th of proposals has sequence number base+i. Those that are done stay
	// until all before them are; sent is how many were handed on already.
	base      uint64
	proposals deque[proposal]
	sent      int

	lastSend time.Duration // when something was last handed on
	progress time.Duration // when a proposal was last completed
}

type proposal struct {
	body     []byte
	done     func(result []byte, err error)
	deadline time.Duration
	left     bool // some copy was handed to the engine or the network
}

// Propose has command executed, exactly once, and then runs done with its
// result: when this replica has executed it, so that its own state shows it. If
// the outcome is not known by Config.Timeout, done gets an error, which tells
// whether the command may still have been executed (SurelyNot). It may run
// before Propose returns. Nobody changes command any more.
func (r *Replica) Propose(command []byte, done func(result []byte, err error)) {
	switch {
	case len(command) > r.cfg.MaxCommand:
		done(nil, ErrTooLarge)
		return
	case r.own.proposals.len() >= r.cfg.MaxOutstanding:
		done(nil, ErrBusy)
		return
	}
	r.own.proposals.push(proposal{body: command, done: done, deadline: r.deadline()})
	r.armTick()
	r.flush()
}

// Outstanding returns how many proposals of this replica wait for their result.
func (r *Replica) Outstanding() int { return r.own.proposals.len() }

func (o *ownSession) waiting() bool { return o.proposals.len() > 0 || o.id == 0 && o.asked }

// resend makes all that is outstanding go out again.
func (o *ownSession) resend() { o.sent, o.asked = 0, false }

// next returns the first proposal that still has to be handed on.
func (o *ownSession) next() (seq uint64, p *proposal) {
	for ; o.sent < o.proposals.len(); o.sent++ {
		if p := o.proposals.at(o.sent); p.done != nil {
			return o.base + uint64(o.sent), p
		}
	}
	return 0, nil
}

// acked is the sequence number up to which this replica has all results.
func (o *ownSession) acked() uint64 { return o.base - 1 }

// finish ends the proposal with sequence number seq, if it still waits.
func (o *ownSession) finish(seq uint64, result []byte, err error) {
	if seq < o.base || seq-o.base >= uint64(o.proposals.len()) {
		return
	}
	o.end(int(seq-o.base), result, err)
	o.shift()
}

func (o *ownSession) end(i int, result []byte, err error) {
	p := o.proposals.at(i)
	done := p.done
	if done == nil {
		return
	}
	p.done, p.body = nil, nil
	done(result, err)
}

// shift forgets the finished proposals at the front, which acknowledges them.
func (o *ownSession) shift() {
	n := 0
	for n < o.proposals.len() && o.proposals.at(n).done == nil {
		n++
	}
	o.proposals.drop(n)
	o.base += uint64(n)
	o.sent = max(0, o.sent-n)
}

// opened takes notice that this incarnation's session is there.
func (o *ownSession) opened(id uint64) {
	if o.id != 0 {
		return // a second copy of the same OpenSession
	}
	o.id, o.base = id, 1
	o.resend()
}

// expired begins anew in another session. No copy in the old one can run any
// more, and none has run: its result would have been seen here first.
func (r *Replica) expired(id uint64) {
	o := &r.own
	if o.id != id {
		return
	}
	o.id, o.nonce = 0, r.env.Rand().Uint64()|1
	o.resend()
}

// retryProposals sends everything again when nothing has come back for a while.
// The leader need not: what it submitted it cannot lose while it leads.
func (r *Replica) retryProposals(now time.Duration) {
	o := &r.own
	if r.Leading() || !o.waiting() || now-max(o.lastSend, o.progress) < r.cfg.RetryAfter {
		return
	}
	r.outbox.reset()
	o.resend()
}

// giveUpProposals ends those whose time is over. Their place in the session is
// acknowledged like that of the others, so a late copy will not run.
func (r *Replica) giveUpProposals(now time.Duration) {
	o := &r.own
	for i := 0; i < o.proposals.len() && o.proposals.at(i).deadline <= now; i++ {
		o.end(i, nil, o.proposals.at(i).giveUp(r.leader))
	}
	o.shift()
}

// giveUp returns the error for a proposal that got no answer.
func (p *proposal) giveUp(leader node.Addr) error {
	switch {
	case p.left:
		return ErrUnknown
	case leader == "":
		return ErrNoLeader
	}
	return ErrBusy
}
