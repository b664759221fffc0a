package pbft

import (
	"github.com/parleysystems/parley/node"
)

// requests are those of clients that are not executed yet: one a client, so that
// none takes more than its share.
type requests struct {
	byClient map[node.Addr]*waiting
	order    []node.Addr // as they came
	// given is the timestamp of each client's latest request that this replica gave
	// a number, as the primary of the present view; fresh is whose request may not
	// have one yet, as they came.
	given     map[node.Addr]Timestamp
	fresh     []node.Addr
	standings map[node.Addr]*standing
}

func (q *requests) init() {
	q.byClient, q.given = map[node.Addr]*waiting{}, map[node.Addr]Timestamp{}
	q.standings = map[node.Addr]*standing{}
}

// waiting is a request that is not executed. The primary is to blame if nothing comes of
// it only if everybody can verify it by its signature, or if it was accepted in the present
// view. Of others a faulty client can make as many as it likes.
type waiting struct {
	request  *Request
	signed   bool
	accepted bool
}

func (w *waiting) watched() bool { return w.signed || w.accepted }

// same tells whether a request is the one that waits; copies may differ in what proves it.
func (w *waiting) same(m *Request) bool {
	return w.request == m || w.request.Timestamp == m.Timestamp && w.request.digest() == m.digest()
}

// add notes a request, unless the client has a later one here, or this one with as much
// to say for it. It tells whether it was news.
func (q *requests) add(m *Request, signed, accepted bool) bool {
	old := q.byClient[m.Client]
	w := &waiting{m, signed, accepted}
	switch {
	case old == nil:
		q.order = append(q.order, m.Client)
	case old.request.Timestamp > m.Timestamp:
		return false
	case old.request.Timestamp == m.Timestamp && (old.signed || !signed) && (old.accepted || !accepted):
		return false
	case old.same(m):
		w.accepted = accepted || old.accepted
		if old.signed {
			w.request, w.signed = old.request, true // the copy with the signature
		}
	}
	q.byClient[m.Client] = w
	if len(q.fresh) > 2*len(q.order)+64 {
		q.renew() // a backup takes nothing from it
	} else {
		q.fresh = append(q.fresh, m.Client)
	}
	return true
}

// enterView forgets who was given a number, and what was accepted, in earlier views.
func (q *requests) enterView() {
	clear(q.given)
	//parley:unordered each request forgets by itself
	for _, w := range q.byClient {
		w.accepted = false
	}
	q.renew()
}

// renew has every request that waits looked at again.
func (q *requests) renew() { q.fresh = append(q.fresh[:0], q.order...) }

// again tells whether this very request waits, and its signature was verified.
func (q *requests) again(m *Request) bool {
	w := q.byClient[m.Client]
	return w != nil && w.signed && w.same(m)
}

// settle forgets a client's request once it, or a later one, was executed.
func (q *requests) settle(client node.Addr, t Timestamp) {
	if w := q.byClient[client]; w == nil || w.request.Timestamp > t {
		return
	}
	delete(q.byClient, client)
	for i, a := range q.order {
		if a == client {
			q.order = append(q.order[:i], q.order[i+1:]...)
			return
		}
	}
}

// oldest returns the request that waits longest of those for which the primary is to
// blame, or nil.
func (q *requests) oldest() *Request {
	for _, a := range q.order {
		if w := q.byClient[a]; w.watched() {
			return w.request
		}
	}
	return nil
}

// verified tells whether a request is its client's: by the tag for this replica, or
// by the signature.
func (r *PBFT) verified(m *Request) bool { return r.tagged(m) || r.signed(m) }

func (r *PBFT) tagged(m *Request) bool {
	return r.keys.verify(m.Client, m.Auth.at(r.group.self), requestContent(m))
}

func (r *PBFT) signed(m *Request) bool {
	return len(m.Signature) > 0 && r.keys.signed(m.Client, requestContent(m), m.Signature)
}

// acceptable tells whether a client's request may be ordered: others must be able to
// verify it, too.
func (r *PBFT) acceptable(m *Request) bool {
	if r.doubted(m.Client) {
		return r.signed(m)
	}
	return r.verified(m)
}

func requestContent(m *Request) []byte {
	d := m.digest()
	return d[:]
}

// fits tells whether a request is one that may be ordered at all.
func (r *PBFT) fits(m *Request) bool {
	return m != nil && m.Timestamp > 0 && len(m.Op) <= r.cfg.MaxOp &&
		(m.Kind == Operation || m.Kind == Question || m.Kind == Recovery)
}

// onRequest takes a client's request. A primary orders it; a backup passes it on,
// and watches that something comes of it.
func (r *PBFT) onRequest(from node.Addr, m *Request) {
	if r.recovering() {
		return
	}
	if m.Kind == ReadOnly {
		r.onQuery(m)
		return
	}
	//parley:rule pbft.preprepare.assign-sequence pbft.client.faulty-clients force=false
	if !r.fits(m) || !r.acceptable(m) {
		if from.Node() == m.Client && r.keys.public(m.Client) != nil {
			r.env.Send(from, r.keys.announcement()) // it may not have heard of our key of now; if it has, it signs
		}
		return
	}
	if last := r.clients.timestamp(m.Client); m.Timestamp <= last {
		r.answerAgain(m, last)
		return
	}
	r.enqueue(m, from.Node() == m.Client)
}

// enqueue notes a verified request that is not executed yet. Only what came from the
// client itself is passed on: two replicas of different views, each of which takes the other
// for the primary, would pass it to and fro for as long as they differ.
func (r *PBFT) enqueue(m *Request, direct bool) {
	signed := r.requests.again(m) || r.signed(m)
	news := r.requests.add(m, signed, false)
	r.watch()
	to := r.group.primary(r.groupView())
	switch {
	case r.active && to == r.group.self:
		r.propose()
	case direct && to != r.group.self && (news || m.Full):
		r.env.Send(r.group.addr(to), m)
	}
}

// onQuery answers a question from this replica's state, once that reflects nothing
// tentative (§ 5.1 of OSDI), and all that it ever reflected: a client that had 2f+1
// tentative replies counts on it, though a restart or a change of view took it back
// here. It takes a quorum of equal answers to be sure.
func (r *PBFT) onQuery(m *Request) {
	if len(m.Op) > r.cfg.MaxOp || !r.verified(m) || len(r.queries) >= maxQueries {
		return
	}
	r.queries = append(r.queries, m)
	r.answerQueries()
}

// maxQueries bounds those that wait for a tentative batch to commit; more are
// dropped, and come again as requests.
const maxQueries = 1024

func (r *PBFT) answerQueries() {
	if r.rollback || r.executed < r.floor {
		return
	}
	for _, m := range r.queries {
		r.reply(m, r.service.query(m.Client, m.Op), false)
	}
	r.queries = nil
}

// answerAgain sends the stored reply to the latest request of a client.
func (r *PBFT) answerAgain(m *Request, last Timestamp) {
	if m.Timestamp != last {
		return
	}
	e := r.clients.last[m.Client]
	if m.Kind == Recovery && len(e.result) == 8 {
		r.padFor(e.result)
	}
	r.reply(m, e.result, e.tentative)
}

// reply sends a result to the client. It leaves once all that this replica said of
// the batch is durable.
func (r *PBFT) reply(m *Request, result []byte, tentative bool) {
	if m.Client == r.env.Self() || r.cfg.Follow || !r.service.replies() && m.Kind != Recovery {
		return
	}
	a := &Reply{
		View: r.view, Timestamp: m.Timestamp, Client: m.Client, Replica: r.group.self,
		Tentative: tentative, Digest: resultDigest(result),
	}
	designated := uint64(m.Timestamp)%uint64(r.group.n()) == uint64(r.group.self)
	if designated || m.Full || len(result) <= len(a.Digest) {
		a.Result, a.Whole = result, true
	}
	a.Tag = r.keys.tag(m.Client, a.content())
	r.env.Send(m.Client, a)
}
