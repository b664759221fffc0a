package pbft

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// own is this replica as a client: it has its host's commands ordered, one request
// at a time, and learns what became of one by executing it. It trusts no primary and
// no reply, only its own execution, which rests on a quorum's commits.
type own struct {
	base    Timestamp // of this incarnation
	count   Timestamp
	request *Request // under way; nil if none is
	since   time.Duration
	retried bool // it was sent again
	wary    wariness
	// barriers wait for a request that is made after them: asked for the one under
	// way, waiting for the next; done are those whose request is executed.
	asked, waiting, done []func(error)
}

// wariness is how many of a client's requests are still to be signed at once, and not only
// when they are sent again. Whoever is doubted by f+1 replicas (doubt.go) would have to
// send twice what it does not sign.
type wariness int

// wary is how many they are after one that had to be sent again: that pays for a client's
// first doubts. A gateway's first requests, too, may be there before its key.
const wary wariness = 8

func (w wariness) signs() bool { return w > 0 }

// settled takes notice of what the latest request took.
func (w *wariness) settled(retried bool) {
	if *w = max(*w-1, 0); retried {
		*w = wary
	}
}

// maxBarriers bounds the barriers that wait.
const maxBarriers = 1 << 14

// stamp returns the next timestamp. Key epochs are never used twice, so timestamps
// rise over restarts as well.
func (r *PBFT) stamp() Timestamp {
	r.own.count++
	return r.own.base + r.own.count
}

// sign and authorize prove whose a request is: the one to anybody, the other to each
// replica, with the keys of the present epoch.
func (r *PBFT) sign(m *Request) *Request {
	m.Signature = r.keys.sign(requestContent(m))
	return m
}

func (r *PBFT) authorize(m *Request) *Request {
	fresh := *m
	fresh.Auth = r.keys.authenticator(r.group.members, requestContent(m))
	return &fresh
}

// submit has a command ordered. Only one is under way at a time: more gather
// meanwhile, and timestamps are executed in their order.
func (r *PBFT) submit(command []byte) error {
	switch {
	case r.recovering() || r.own.request != nil:
		return rsm.ErrBusy
	case len(command) > r.cfg.MaxOp:
		return rsm.ErrTooLarge
	}
	o := &r.own
	m := &Request{Client: r.env.Self(), Timestamp: r.stamp(), Op: command}
	if o.wary.signs() {
		r.sign(m)
	}
	o.request = r.authorize(m)
	o.since, o.retried = r.env.Elapsed(), false
	o.asked, o.waiting = append(o.asked, o.waiting...), nil
	r.enqueue(o.request, true)
	return nil
}

// retryOwn sends to all, signed, what was not executed in time: replicas then watch
// the primary, and those that could not verify it can.
func (r *PBFT) retryOwn() {
	o := &r.own
	if o.request == nil || r.recovering() || r.env.Elapsed()-o.since < r.cfg.ViewTimeout/2 {
		return
	}
	o.since, o.retried = r.env.Elapsed(), true
	again := *o.request
	again.Full = true
	r.all(r.authorize(r.sign(&again)))
	r.enqueue(&again, true)
}

// insistOwn sends it to the primary again, once, that has answered with its key: it could not
// verify the tag, or wants more than that.
func (r *PBFT) insistOwn(to node.Addr) {
	o := &r.own
	if o.request == nil || o.retried || r.recovering() || to != r.group.addr(r.group.primary(r.groupView())) {
		return
	}
	o.retried = true
	again := *o.request
	r.env.Send(to, r.authorize(r.sign(&again)))
}

// settleOwn takes notice that a request is being executed, just before: then there is
// room for the next.
func (r *PBFT) settleOwn(m *Request) {
	if o := &r.own; o.request != nil && m.Client == r.env.Self() && m.Timestamp >= o.request.Timestamp {
		o.request = nil
		o.wary.settled(o.retried)
		o.done, o.asked = append(o.done, o.asked...), nil
	}
}

// restored takes notice of a state that came as a whole.
func (r *PBFT) restored() {
	o := &r.own
	if o.request != nil && r.clients.timestamp(r.env.Self()) >= o.request.Timestamp {
		o.request = nil
		o.done, o.asked = append(o.done, o.asked...), nil
		r.service.skipped()
	}
	for _, a := range append(r.requests.order[:0:0], r.requests.order...) {
		r.requests.settle(a, r.clients.timestamp(a))
	}
	r.endBarriers()
	r.progress()
}

// barrier runs done once this replica has executed a request that was made after the
// call: its state then shows all that was answered before it.
func (r *PBFT) barrier(done func(error)) {
	o := &r.own
	if len(o.waiting) >= maxBarriers {
		done(rsm.ErrBusy)
		return
	}
	o.waiting = append(o.waiting, done)
	r.startBarrier()
}

func (r *PBFT) startBarrier() {
	if len(r.own.waiting) > 0 && r.own.request == nil && !r.executing {
		_ = r.submit(nil) // busy: another request is under way, and the next will do
	}
}

// endBarriers runs those whose request was executed, after the batch.
func (r *PBFT) endBarriers() {
	ended := r.own.done
	r.own.done = nil
	for _, done := range ended {
		done(nil)
	}
}
