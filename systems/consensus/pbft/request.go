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
	given map[node.Addr]Timestamp
	fresh []node.Addr
	// doubted are clients of whom only signed requests are taken; doubts are who
	// says so.
	doubted map[node.Addr]bool
	doubts  map[node.Addr]map[ReplicaID]bool
}

func (q *requests) init() {
	q.byClient, q.given = map[node.Addr]*waiting{}, map[node.Addr]Timestamp{}
	q.doubted, q.doubts = map[node.Addr]bool{}, map[node.Addr]map[ReplicaID]bool{}
}

// waiting is a request, and whether the primary is to blame if nothing comes of it:
// only if it was accepted, or everybody can verify it by its signature. Of others
// a faulty client can make as many as it likes.
type waiting struct {
	request *Request
	watched bool
}

// add notes a request, unless the client has a later one here. It tells whether it
// was news.
func (q *requests) add(m *Request, watched bool) bool {
	old := q.byClient[m.Client]
	switch {
	case old == nil:
		q.order = append(q.order, m.Client)
	case old.request.Timestamp > m.Timestamp:
		return false
	case old.request.Timestamp == m.Timestamp && (old.watched || !watched):
		return false
	}
	q.byClient[m.Client] = &waiting{m, watched}
	if len(q.fresh) > 2*len(q.order)+64 {
		q.renew() // a backup takes nothing from it
	} else {
		q.fresh = append(q.fresh, m.Client)
	}
	return true
}

// renew has every request that waits looked at again.
func (q *requests) renew() { q.fresh = append(q.fresh[:0], q.order...) }

// again tells whether this very request waits, and is watched already.
func (q *requests) again(m *Request) bool {
	w := q.byClient[m.Client]
	return w != nil && w.watched && w.request.Timestamp == m.Timestamp && w.request.digest() == m.digest()
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
		if w := q.byClient[a]; w.watched {
			return w.request
		}
	}
	return nil
}

// verified tells whether a request is its client's: by the tag for this replica, or
// by the signature.
func (r *PBFT) verified(m *Request) bool {
	if !r.requests.doubted[m.Client] && r.keys.verify(m.Client, m.Auth.at(r.group.self), requestContent(m)) {
		return true
	}
	return len(m.Signature) > 0 && r.keys.signed(m.Client, requestContent(m), m.Signature)
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
	if !r.fits(m) || !r.verified(m) {
		if from.Node() == m.Client && r.keys.public(m.Client) != nil {
			r.env.Send(from, r.keys.announcement()) // it may not have heard of our key of now
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
	signed := r.requests.again(m) || len(m.Signature) > 0 && r.keys.signed(m.Client, requestContent(m), m.Signature)
	news := r.requests.add(m, signed)
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

// doubt says that a request which the primary ordered is not verified here. A faulty
// client can make a request that only some replicas can verify; once f+1 say so,
// nothing of it is ordered any more without a signature.
func (r *PBFT) doubt(client node.Addr) {
	if r.requests.doubts[client][r.group.self] || r.keys.public(client) == nil {
		return
	}
	r.doubtedBy(client, r.group.self)
	m := &Doubt{Client: client, Replica: r.group.self}
	m.Auth = r.authenticator(m.content())
	r.all(m)
}

func (r *PBFT) onDoubt(m *Doubt) {
	if r.keys.public(m.Client) != nil && r.authentic(m.Replica, m.Auth, m.content()) {
		r.doubtedBy(m.Client, m.Replica)
	}
}

func (r *PBFT) doubtedBy(client node.Addr, by ReplicaID) {
	if r.requests.doubts[client] == nil {
		r.requests.doubts[client] = map[ReplicaID]bool{}
	}
	r.requests.doubts[client][by] = true
	if len(r.requests.doubts[client]) >= r.group.weak() {
		//parley:rule pbft.client.faulty-clients drop
		r.requests.doubted[client] = true
	}
}
