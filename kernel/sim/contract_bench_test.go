package sim_test

import (
	"encoding/binary"
	"iter"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// These benchmarks compare forms that the contract could have had, by one
// exchange between two nodes (request and response, two events).

type request struct {
	Key   uint64 `wire:"1"`
	Value []byte `wire:"2"`
}

type response struct {
	Key uint64 `wire:"1"`
	Ok  bool   `wire:"2"`
}

var (
	_ = wire.Register[request]("sim.bench.request")
	_ = wire.Register[response]("sim.bench.response")
)

// server and client as handlers, with messages as pointers to structs.
type boxedServer struct{ env node.Env }

func (s *boxedServer) Start(env node.Env) { s.env = env }
func (s *boxedServer) Receive(from node.Addr, m node.Message) {
	s.env.Send(from, &response{Key: m.(*request).Key, Ok: true})
}

type boxedClient struct {
	env   node.Env
	value [64]byte
	n     uint64
}

func (c *boxedClient) Start(env node.Env) { c.env = env; c.ask() }
func (c *boxedClient) ask() {
	c.n++
	c.env.Send("s/x", &request{Key: c.n, Value: c.value[:]})
}
func (c *boxedClient) Receive(_ node.Addr, m node.Message) {
	if m.(*response).Key == c.n {
		c.ask()
	}
}

// the same with bytes: the protocol encodes and decodes by hand, into a fresh
// slice, since a message must not change once it is sent.
type bytesServer struct{ env node.Env }

func (s *bytesServer) Start(env node.Env) { s.env = env }
func (s *bytesServer) Receive(from node.Addr, m node.Message) {
	in := *m.(*[]byte)
	out := make([]byte, 9)
	copy(out, in[:8])
	out[8] = 1
	s.env.Send(from, &out)
}

type bytesClient struct {
	env   node.Env
	value [64]byte
	n     uint64
}

func (c *bytesClient) Start(env node.Env) { c.env = env; c.ask() }
func (c *bytesClient) ask() {
	c.n++
	out := make([]byte, 8, 8+len(c.value))
	binary.LittleEndian.PutUint64(out, c.n)
	out = append(out, c.value[:]...)
	c.env.Send("s/x", &out)
}
func (c *bytesClient) Receive(_ node.Addr, m node.Message) {
	if binary.LittleEndian.Uint64(*m.(*[]byte)) == c.n {
		c.ask()
	}
}

// the client as a task.
type taskClient struct{ value [64]byte }

func (c *taskClient) Start(env node.Env) {
	env.Go(func(t node.Task) {
		for n := uint64(1); ; n++ {
			answer, err := t.Call("s/x", &request{Key: n, Value: c.value[:]}, time.Second)
			if err != nil || answer.(*response).Key != n {
				panic("no answer on a link without loss")
			}
		}
	})
}
func (c *taskClient) Receive(node.Addr, node.Message) {}

// the client as a coroutine by hand: what a switch costs without the ephemeral
// address, the timeout and the map of calls that a Call brings.
type coroutineClient struct {
	boxedClient
	next func() (struct{}, bool)
}

func (c *coroutineClient) Start(env node.Env) {
	c.env = env
	c.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		for c.ask(); yield(struct{}{}); c.ask() {
		}
	})
	c.next()
}
func (c *coroutineClient) Receive(_ node.Addr, m node.Message) { c.next() }

func exchange(b *testing.B, config sim.Config, server, client func() node.Node) {
	w := sim.New(config)
	defer w.Close()
	w.Host("s").Serve("x", server)
	w.Host("c").Serve("x", client)
	w.Run(10 * ms)
	b.ReportAllocs()
	for b.Loop() {
		w.Step()
		w.Step()
	}
}

func BenchmarkContractMessages(b *testing.B) {
	b.Run("pointers", func(b *testing.B) {
		exchange(b, sim.Config{}, func() node.Node { return &boxedServer{} }, func() node.Node { return &boxedClient{} })
	})
	b.Run("bytes", func(b *testing.B) {
		exchange(b, sim.Config{}, func() node.Node { return &bytesServer{} }, func() node.Node { return &bytesClient{} })
	})
	b.Run("pointers through the codec", func(b *testing.B) {
		exchange(b, sim.Config{Codec: true}, func() node.Node { return &boxedServer{} }, func() node.Node { return &boxedClient{} })
	})
}

func BenchmarkContractSequences(b *testing.B) {
	b.Run("handler", func(b *testing.B) {
		exchange(b, sim.Config{}, func() node.Node { return &boxedServer{} }, func() node.Node { return &boxedClient{} })
	})
	b.Run("coroutine", func(b *testing.B) {
		exchange(b, sim.Config{}, func() node.Node { return &boxedServer{} }, func() node.Node { return &coroutineClient{} })
	})
	b.Run("task with Call", func(b *testing.B) {
		exchange(b, sim.Config{}, func() node.Node { return &boxedServer{} }, func() node.Node { return &taskClient{} })
	})
}

// effectLog is the other way to give a node its effects: it only writes down
// what it wants, and whoever runs it carries that out after the step.
type effectLog struct {
	node.Env
	effects []effect
}

type effect struct {
	kind  uint8
	to    node.Addr
	m     node.Message
	timer node.Timer
	after time.Duration
}

func (l *effectLog) Send(to node.Addr, m node.Message) {
	l.effects = append(l.effects, effect{kind: 1, to: to, m: m})
}

func (l *effectLog) execute() {
	for i := range l.effects {
		e := &l.effects[i]
		switch e.kind {
		case 1:
			l.Env.Send(e.to, e.m)
		case 2:
			e.timer.Reset(e.after)
		}
		*e = effect{}
	}
	l.effects = l.effects[:0]
}

// logged runs a node's effects from a log.
type logged struct {
	node node.Node
	log  effectLog
}

func (l *logged) Start(env node.Env) {
	l.log.Env = env
	l.node.Start(&l.log)
	l.log.execute()
}

func (l *logged) Receive(from node.Addr, m node.Message) {
	l.node.Receive(from, m)
	l.log.execute()
}

func BenchmarkContractEffects(b *testing.B) {
	b.Run("executed at once", func(b *testing.B) {
		exchange(b, sim.Config{}, func() node.Node { return &boxedServer{} }, func() node.Node { return &boxedClient{} })
	})
	b.Run("logged, then executed", func(b *testing.B) {
		exchange(b, sim.Config{}, func() node.Node { return &logged{node: &boxedServer{}} }, func() node.Node { return &logged{node: &boxedClient{}} })
	})
}
