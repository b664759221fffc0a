package pbfttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Client is a correct client on a host of its own, with a gateway.
type Client struct {
	cluster  *Cluster
	number   int
	addr     node.Addr
	gateway  *pbft.Gateway
	load     *Load
	left     int
	lose     func(error) // ends the operation under way; nil if there is none
	rand     *rand.Rand
	requests *workload.Generator
}

// Load is what clients do, and what they saw.
type Load struct {
	Each     int
	Mix      workload.Mix
	Think    time.Duration
	ReadOnly bool // reads are not ordered
	Own      bool // each client has keys of its own
	Seed     uint64
	History  *workload.Recorder[workload.Request, workload.Response]
	stopped  bool
	active   int
}

func newClient(c *Cluster, number int) *Client {
	host := fmt.Sprintf("x%d", number)
	x := &Client{cluster: c, number: number, addr: node.Join(host, ClientService)}
	c.World.Host(host).Serve(ClientService, func() node.Node { return &station{x} })
	return x
}

// station is a client's node.
type station struct{ *Client }

// Start makes a gateway for the incarnation.
func (s *station) Start(env node.Env) {
	cfg := s.cluster.options.Gateway
	cfg.Members, cfg.Keys, cfg.Identity = s.cluster.members, s.cluster.Keys, Identity(s.addr)
	s.gateway = pbft.NewGateway(env, cfg)
	if s.lose != nil {
		s.lose(errDown)
	}
}

// Receive hands messages to the gateway.
func (s *station) Receive(from node.Addr, m node.Message) { s.gateway.Receive(from, m) }

// Do runs f as an event of the client.
func (x *Client) Do(f func(g *pbft.Gateway)) bool {
	return x.cluster.World.Do(x.addr, func(node.Node) { f(x.gateway) })
}

// Begin lets all clients make their operations.
func (c *Cluster) Begin(l *Load) {
	l.History = workload.NewRecorder[workload.Request, workload.Response](c.World.Now)
	for _, x := range c.Clients {
		x.load, x.left = l, l.Each
		x.rand = rand.New(rand.NewPCG(l.Seed, uint64(x.number)+1<<32))
		x.requests = workload.NewGenerator(l.Mix, l.Seed, x.number)
		l.active++
		x.later()
	}
}

// Stop lets no client begin another operation.
func (l *Load) Stop() { l.stopped = true }

// Idle tells whether all clients are through.
func (l *Load) Idle() bool { return l.active == 0 }

func (x *Client) later() {
	if x.left == 0 || x.load.stopped {
		x.load.active--
		return
	}
	x.left--
	pause := time.Duration(x.rand.Int64N(int64(max(x.load.Think, 1)))) + 1
	x.cluster.World.After(pause, x.operate)
}

// operate makes one operation and waits for it as long as it takes: a gateway goes on
// asking.
func (x *Client) operate() {
	in := x.requests.Next()
	if x.load.Own {
		in.Key = x.addr.Host() + "/" + in.Key
	}
	id := x.load.History.Invoke(x.number, in)
	done := func(result []byte, err error) {
		got := &rsmtest.Got{}
		x.lose = nil
		switch {
		case err != nil:
			x.load.History.Lose(id, err)
		case decode(result, got) != nil:
			x.load.History.Lose(id, fmt.Errorf("result %x", result))
			x.cluster.Oracle.breach("client %d accepts a result that no service gave: %x", x.number, result)
		default:
			x.load.History.OK(id, workload.Response{Value: got.Value, Number: got.Number, Done: got.Done})
		}
		x.later()
	}
	x.lose = func(err error) { done(nil, err) }
	asked := x.Do(func(g *pbft.Gateway) {
		if in.ReadOnly() && x.load.ReadOnly {
			question, _ := wire.Marshal(&rsmtest.Get{Key: in.Key})
			g.Ask(question, done)
			return
		}
		g.Invoke(Encode(&rsmtest.Op{
			ID: uint64(id) + 1, Verb: uint8(in.Verb), Key: in.Key, Value: in.Value, Expect: in.Expect, Delta: in.Delta,
		}), done)
	})
	if !asked {
		x.load.History.Fail(id, errDown)
		x.lose = nil
		x.later()
	}
}

var errDown = errors.New("the host is down")

// decode reads a result, or the answer to a question.
func decode(b []byte, got *rsmtest.Got) error {
	if m, err := wire.Unmarshal(b); err == nil {
		if g, ok := m.(*rsmtest.Got); ok {
			*got = *g
			return nil
		}
	}
	return wire.UnmarshalBody(b, got)
}

// Encode returns an operation as a ledger takes it, or a result as it gives one.
func Encode(m any) []byte {
	b, err := wire.AppendBody(nil, m)
	if err != nil {
		panic(fmt.Sprintf("pbfttest: %v", err))
	}
	return b
}

// Outcome is what became of one operation.
type Outcome struct {
	Done   bool
	Result []byte
	Err    error
}

// Invoke has a client make an operation outside the load.
func (x *Client) Invoke(op *rsmtest.Op) *Outcome {
	o := &Outcome{}
	x.Do(func(g *pbft.Gateway) {
		g.Invoke(Encode(op), func(result []byte, err error) { o.Done, o.Result, o.Err = true, result, err })
	})
	return o
}
