package pbft

import (
	"crypto/ed25519"
	"encoding/binary"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Gateway is a client of the group, on the client's own host: it believes no single
// replica. A result is what f+1 replicas say, or, while a view change might still
// take it back, 2f+1. It has one request under way; others wait. It belongs into a
// node: hand it the node's messages.
type Gateway struct {
	env   node.Env
	cfg   GatewayConfig
	group group
	keys  *keyring
	view  View
	epoch uint64
	count Timestamp

	queue   []*invocation
	current *invocation
	timer   node.Timer
	usual   time.Duration // how long requests have taken, of late
	wary    wariness
}

// GatewayConfig is a gateway's knobs. The zero value of a field means its default.
type GatewayConfig struct {
	// Members are the replicas.
	Members []node.Addr
	// Identity is the seed of the client's signing key (32 bytes), Keys the
	// replicas' public keys.
	Identity []byte
	Keys     map[node.Addr]ed25519.PublicKey
	// ReadOnly says that clients of the group Ask. Then all of them need 2f+1 replies
	// to an operation: f+1 are proof that it is executed somewhere, but a quorum that
	// answers a later question need not have it yet.
	ReadOnly bool
	// RetryAfter is when a request is sent again, to all replicas, if requests do not
	// take longer than that anyway; then less and less often. Default 300 ms.
	RetryAfter time.Duration
	// MaxQueue bounds the requests that wait. Default 1,024.
	MaxQueue int
}

// invocation is a request and what came of it.
type invocation struct {
	kind    Kind
	op      []byte
	done    func(result []byte, err error)
	request *Request
	replies []*Reply
	began   time.Duration
	retries int
	renewed []bool // the replicas that were asked again, with other keys
	signed  []bool // and those that were because a tag is not enough for them
}

// streamGateway keeps the number of the incarnation: timestamps must rise.
const streamGateway = "gateway"

// NewGateway returns a gateway for a node's incarnation.
func NewGateway(env node.Env, cfg GatewayConfig) *Gateway {
	members := Config{Members: cfg.Members}.withDefaults().Members
	cfg.RetryAfter, cfg.MaxQueue = or(cfg.RetryAfter, 300*time.Millisecond), or(cfg.MaxQueue, 1024)
	g := &Gateway{env: env, cfg: cfg, group: newGroup(members, env.Self()), keys: newKeyring(env.Self(), cfg.Identity), wary: wary}
	//parley:unordered each key is noted under its own address
	for a, public := range cfg.Keys {
		g.keys.trust(a, public)
	}
	log := env.Log(streamGateway)
	g.epoch = uint64(log.Append(nil))
	log.Trim(log.Next() - 1)
	var secret []byte
	for range 4 {
		secret = binary.LittleEndian.AppendUint64(secret, env.Rand().Uint64())
	}
	g.keys.refresh(g.epoch, [32]byte(secret))
	g.timer = env.Timer(g.onTimer)
	g.announce()
	return g
}

func (g *Gateway) announce() {
	m := g.keys.announcement()
	for _, a := range g.group.members {
		g.env.Send(a, m)
	}
}

// Invoke has op executed and then runs done with the result. The request is sent
// again until there is one: whoever loses patience does not know what became of it.
// ErrBusy: too many wait already; surely not executed.
func (g *Gateway) Invoke(op []byte, done func(result []byte, err error)) {
	g.invoke(Operation, op, done)
}

// Ask puts a question (as wire.Marshal gives it), which replicas answer without
// ordering it, if 2f+1 answers are equal; else it is ordered like an operation. It
// panics if the configuration does not say ReadOnly.
func (g *Gateway) Ask(question []byte, done func(result []byte, err error)) {
	if !g.cfg.ReadOnly {
		panic("pbft: Ask of a gateway that is not configured for it")
	}
	g.invoke(ReadOnly, question, done)
}

func (g *Gateway) invoke(kind Kind, op []byte, done func([]byte, error)) {
	if len(g.queue) >= g.cfg.MaxQueue {
		done(nil, rsm.ErrBusy)
		return
	}
	g.queue = append(g.queue, &invocation{kind: kind, op: op, done: done})
	g.next()
}

// Abandon gives up the request under way: its outcome is unknown.
func (g *Gateway) Abandon() {
	if i := g.current; i != nil {
		g.current = nil
		g.timer.Stop()
		i.done(nil, rsm.ErrUnknown)
		g.next()
	}
}

func (g *Gateway) next() {
	if g.current != nil || len(g.queue) == 0 {
		return
	}
	g.current = g.queue[0]
	g.queue = g.queue[1:]
	g.current.began = g.env.Elapsed()
	g.make(g.current)
	if g.current.kind == ReadOnly {
		g.toAll(g.current.request)
	} else {
		g.env.Send(g.group.addr(g.group.primary(g.view)), g.current.request)
	}
	//parley:rule pbft.client.matching-replies pbft.primary.policed-by-backups drop
	g.timer.Reset(g.patience())
}

// patience is how long to wait for replies. Requests that are sent again cost all
// replicas a signature each, so where all are slow nobody must hurry.
func (g *Gateway) patience() time.Duration {
	usual := min(4*g.usual, 16*g.cfg.RetryAfter)
	return max(g.cfg.RetryAfter, usual) << min(g.current.retries, 4)
}

// make gives an invocation its request.
func (g *Gateway) make(i *invocation) {
	g.count++
	m := &Request{Client: g.env.Self(), Timestamp: Timestamp(g.epoch<<24) + g.count, Kind: i.kind, Op: i.op}
	m.Auth = g.keys.authenticator(g.group.members, requestContent(m))
	if g.wary.signs() {
		m.Signature = g.keys.sign(requestContent(m))
	}
	i.request, i.replies = m, make([]*Reply, g.group.n())
	i.renewed, i.signed = make([]bool, g.group.n()), make([]bool, g.group.n())
}

func (g *Gateway) toAll(m *Request) {
	for _, a := range g.group.members {
		g.env.Send(a, m)
	}
}

// onTimer sends the request to all, signed and for full replies. Replicas that have
// it executed answer again; the others pass it to the primary and watch that. A
// question that got no quorum of equal answers becomes an operation.
func (g *Gateway) onTimer() {
	i := g.current
	if i == nil {
		return
	}
	g.announce()
	if i.kind == ReadOnly {
		i.kind = Question
		g.make(i)
	}
	again := *i.request
	again.Full = true
	again.Auth = g.keys.authenticator(g.group.members, requestContent(&again))
	again.Signature = g.keys.sign(requestContent(&again))
	i.request = &again
	clear(i.renewed)
	g.toAll(i.request)
	i.retries++
	g.timer.Reset(g.patience())
}

// Receive handles a message, if it is for a gateway.
func (g *Gateway) Receive(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Reply:
		g.onReply(m)
	case *NewKey:
		news := g.keys.receive(m)
		if id, member := g.group.id(m.Host); member && news {
			g.renew(id, true)
		} else if member {
			g.insist(id)
		}
	default:
		return false
	}
	return true
}

// renew shows a replica this client's key, and asks it again with tags by the keys of now:
// one of the two has not known the other's. It does so when the replica's key is news, else
// once for each time that the request is sent.
func (g *Gateway) renew(id ReplicaID, news bool) {
	i := g.current
	if !g.asked(id) || i.renewed[id] && !news {
		return
	}
	i.renewed[id] = true
	again := *i.request
	again.Auth = g.keys.authenticator(g.group.members, requestContent(&again))
	g.env.Send(g.group.addr(id), g.keys.announcement())
	g.env.Send(g.group.addr(id), &again)
}

// asked tells whether a replica has the request under way from this client itself.
func (g *Gateway) asked(id ReplicaID) bool {
	i := g.current
	return i != nil && (i.retries > 0 || i.kind == ReadOnly || id == g.group.primary(g.view))
}

// insist asks a replica again that has answered with a key which is no news: it does not
// know ours, or a tag is not enough for it (doubt.go). It gets both key and signature, once a
// request: anybody may show a key again.
func (g *Gateway) insist(id ReplicaID) {
	i := g.current
	if !g.asked(id) || i.signed[id] {
		return
	}
	i.signed[id] = true
	if i.request.Signature == nil {
		again := *i.request
		again.Signature = g.keys.sign(requestContent(&again))
		i.request = &again
	}
	i.renewed[id] = false
	g.renew(id, false)
}

func (g *Gateway) onReply(m *Reply) {
	i := g.current
	if i == nil || m.Timestamp != i.request.Timestamp || m.Client != g.env.Self() || !g.group.has(m.Replica) {
		return
	}
	if !g.keys.verify(g.group.addr(m.Replica), m.Tag, m.content()) {
		g.renew(m.Replica, false)
		return
	}
	if m.Whole && resultDigest(m.Result) != m.Digest {
		return
	}
	i.replies[m.Replica] = better(i.replies[m.Replica], m)
	if result, ok := g.settled(i, m.Digest); ok {
		g.usual = max(g.env.Elapsed()-i.began, g.usual-g.usual/8)
		g.wary.settled(i.retries > 0 || slices.Contains(i.signed, true))
		g.current = nil
		g.timer.Stop()
		i.done(result, nil)
		g.next()
	}
}

// better keeps of two replies of one replica the newer, and its result if it is the
// same.
func better(old, m *Reply) *Reply {
	if old != nil && old.Digest == m.Digest && old.Whole && !m.Whole {
		with := *m
		with.Result, with.Whole = old.Result, true
		return &with
	}
	return m
}

// settled tells whether enough replicas say the same, and what: f+1 that have it
// committed, or 2f+1 of any sort.
func (g *Gateway) settled(i *invocation, d Digest) (result []byte, ok bool) {
	committed, any, whole := 0, 0, false
	view := g.view
	for _, m := range i.replies {
		if m == nil || m.Digest != d {
			continue
		}
		any++
		if !m.Tentative {
			committed++
		}
		if m.Whole {
			result, whole = m.Result, true
		}
		view = max(view, m.View)
	}
	//parley:rule pbft.client.matching-replies pbft.claim.primary-reply-suffices value=committed>=g.group.f()
	enough := committed >= g.group.weak()
	if g.cfg.ReadOnly || i.kind == ReadOnly {
		enough = false
	}
	if !whole || !enough && any < g.group.quorum() {
		return nil, false
	}
	g.view = view
	return result, true
}

// Members returns the replicas' addresses, sorted.
func (g *Gateway) Members() []node.Addr { return g.group.members }
