package cristian

import (
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical"
)

// Question asks for the time.
type Question struct {
	T1 time.Time `wire:"1"`
}

// Answer tells it. T1 is the question's: it tells which one is answered.
type Answer struct {
	T1 time.Time `wire:"1"`
	T2 time.Time `wire:"2"`
	T3 time.Time `wire:"3"`
}

var (
	_ = wire.Register[Question]("cristian.Question")
	_ = wire.Register[Answer]("cristian.Answer")
)

// Server answers by its host's clock. Hold, if not nil, returns for how long it
// is busy with a question.
type Server struct {
	Hold func() time.Duration
	env  node.Env
}

// Start implements node.Node.
func (s *Server) Start(env node.Env) { s.env = env }

// Receive implements node.Node.
func (s *Server) Receive(from node.Addr, m node.Message) {
	q, ok := m.(*Question)
	if !ok {
		return
	}
	t2 := s.env.Now()
	answer := func() { s.env.Send(from, &Answer{T1: q.T1, T2: t2, T3: s.env.Now()}) }
	if s.Hold == nil {
		answer()
		return
	}
	s.env.Timer(answer).Reset(s.Hold())
}

// Config says how a client asks.
type Config struct {
	Server node.Addr
	// Interval is the time between two questions; 0 means to ask until one
	// answer was used: after a second, and then half as often each time, since an answer
	// to any but the latest question is of no use.
	Interval time.Duration
	// MaxDelay, if not zero, is the round trip beyond which an answer is not used.
	MaxDelay time.Duration
	// Naive adopts T3 as it comes.
	Naive bool
}

// Client keeps a clock by a server.
type Client struct {
	cfg   Config
	env   node.Env
	ask   node.Timer
	asked time.Time // T1 of the open question, or zero
	wait  time.Duration
	clock *physical.Clock

	// Answers counts those that were used; Last is the latest of them, by the
	// clock as it was before.
	Answers int
	Last    physical.Exchange
}

// NewClient returns a client.
func NewClient(cfg Config) *Client { return &Client{cfg: cfg} }

// Start implements node.Node.
func (c *Client) Start(env node.Env) {
	c.env, c.clock = env, physical.NewClock(env.Elapsed(), env.Now())
	c.ask, c.wait = env.Timer(c.question), time.Second
	c.ask.Reset(0)
}

// Now returns what the client's clock shows.
func (c *Client) Now() time.Time { return c.clock.Now(c.env.Elapsed()) }

// ErrorBound returns by how much the clock may have been off right after the
// latest answer.
func (c *Client) ErrorBound() time.Duration { return c.Last.Delay()/2 + 1 }

// longestWait bounds the time between two questions of a client without answers.
const longestWait = time.Minute

func (c *Client) question() {
	c.asked = c.Now()
	c.env.Send(c.cfg.Server, &Question{T1: c.asked})
	switch {
	case c.cfg.Interval > 0:
		c.ask.Reset(c.cfg.Interval)
	case c.Answers == 0:
		c.ask.Reset(c.wait)
		c.wait = min(2*c.wait, longestWait)
	}
}

// Receive implements node.Node. Answers to no open question are duplicates, or
// came after the next question.
func (c *Client) Receive(from node.Addr, m node.Message) {
	a, ok := m.(*Answer)
	if !ok || from != c.cfg.Server || c.asked.IsZero() || !a.T1.Equal(c.asked) {
		return
	}
	e := physical.Exchange{T1: a.T1, T2: a.T2, T3: a.T3, T4: c.Now()}
	if c.cfg.MaxDelay > 0 && e.Delay() > c.cfg.MaxDelay {
		return
	}
	c.asked, c.Last = time.Time{}, e
	c.Answers++
	offset := e.Offset()
	//parley:rule timesync.cristian.error-bound timesync.naive.stale-answer force=true
	if c.cfg.Naive {
		offset = e.T3.Sub(e.T4)
	}
	c.clock.Step(c.env.Elapsed(), offset)
	if c.cfg.Interval == 0 {
		c.ask.Stop()
	}
}
