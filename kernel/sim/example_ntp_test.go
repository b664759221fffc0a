package sim_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Packet is what NTP exchanges (RFC 5905, section 7.3), reduced to the three
// timestamps that the offset is computed from: nanoseconds since 1970, each by
// the clock of who took it. The fourth is taken at arrival.
type Packet struct {
	Origin   int64 `wire:"1"` // T1: the request left the client
	Received int64 `wire:"2"` // T2: it reached the server
	Transmit int64 `wire:"3"` // T3: the response left the server
}

var _ = wire.Register[Packet]("example.ntp")

// TimeServer answers each request at once.
type TimeServer struct{ env node.Env }

func (s *TimeServer) Start(env node.Env) { s.env = env }

func (s *TimeServer) Receive(from node.Addr, m node.Message) {
	now := s.env.Now().UnixNano()
	s.env.Send(from, &Packet{Origin: m.(*Packet).Origin, Received: now, Transmit: now})
}

// TimeClient polls a server and keeps the sample of the shortest round trip,
// whose error is at most half of that trip (section 10).
type TimeClient struct {
	server node.Addr
	env    node.Env
	poll   node.Timer
	asked  int64 // Origin of the request that waits for its response, or 0
	Offset time.Duration
	Delay  time.Duration
}

func (c *TimeClient) Start(env node.Env) {
	c.env, c.Delay = env, time.Hour
	c.poll = env.Timer(c.request)
	c.poll.Reset(0)
}

func (c *TimeClient) request() {
	c.asked = c.env.Now().UnixNano()
	c.env.Send(c.server, &Packet{Origin: c.asked})
	c.poll.Reset(64 * time.Second)
}

// Receive drops what answers no open request: duplicates, and responses that
// came after the next poll (section 8, on-wire protocol).
func (c *TimeClient) Receive(_ node.Addr, m node.Message) {
	p := m.(*Packet)
	if p.Origin != c.asked {
		return
	}
	c.asked = 0
	t1, t2, t3, t4 := p.Origin, p.Received, p.Transmit, c.env.Now().UnixNano()
	offset := time.Duration(((t2 - t1) + (t3 - t4)) / 2)
	delay := time.Duration((t4 - t1) - (t3 - t2))
	if delay < c.Delay {
		c.Offset, c.Delay = offset, delay
	}
}

// A datagram protocol: an NTP client finds out by how much its clock is wrong,
// over links that lose, duplicate and delay.
func Example_datagrams() {
	w := sim.New(sim.Config{Seed: 1, Link: sim.Link{
		Delay: sim.LongTail(2*time.Millisecond, time.Second), Loss: 0.2, Duplicate: 0.1, Reorder: 1}})
	defer w.Close()
	server := w.Host("server").Serve("ntp", func() node.Node { return new(TimeServer) })
	client := w.Host("client").Serve("ntp", func() node.Node { return &TimeClient{server: server} })
	clock := w.Host("client").Clock()
	clock.Step(-time.Hour)

	w.Run(10 * time.Minute)

	c := w.Node(client).(*TimeClient)
	wrong := clock.Offset() + c.Offset
	fmt.Println("offset found:", c.Offset.Round(time.Second))
	fmt.Println("within half of the round trip:", wrong.Abs() <= c.Delay/2)
	fmt.Println("within 2 ms:", wrong.Abs() <= 2*time.Millisecond)

	// Output:
	// offset found: 1h0m0s
	// within half of the round trip: true
	// within 2 ms: true
}
