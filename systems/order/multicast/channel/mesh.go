package channel

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Config says how the channels of a mesh behave. The zero values of Window and
// Resend stand for 64 messages and 100 milliseconds.
type Config struct {
	// Members are all members of the group, the same list everywhere.
	Members []node.Addr
	// FIFO makes every channel hand messages on in the order of their sending.
	FIFO bool
	// Window bounds the messages on their way or held back, a channel.
	Window int
	// Resend is how long to wait for a confirmation at first.
	Resend time.Duration
}

// Mesh is one member's ends of the channels to and from all others.
type Mesh struct {
	env    node.Env
	self   int
	cfg    Config
	take   func(from int, n Seq, m node.Message) bool
	ends   []end
	resend node.Timer
	armed  bool // resend is
	quiet  bool // nothing leaves: the owner is going through its past
}

// end is what a member has of both channels between it and another.
type end struct {
	out    Sender
	in     Receiver
	pause  time.Duration // until the next resending
	resend time.Duration // when, by the node's oscillator
}

// maxPause bounds the doubling of the time between two resendings.
const maxPause = 16

// New returns the ends of a member, by its place in cfg.Members. take is called
// for every message that is handed on; it returns false to refuse one for now,
// which will then be offered again.
func New(env node.Env, self int, cfg Config, take func(from int, n Seq, m node.Message) bool) *Mesh {
	if cfg.Window == 0 {
		cfg.Window = 64
	}
	if cfg.Resend == 0 {
		cfg.Resend = 100 * time.Millisecond
	}
	m := &Mesh{env: env, self: self, cfg: cfg, take: take, ends: make([]end, len(cfg.Members))}
	for i := range m.ends {
		m.ends[i] = end{
			out: Sender{window: cfg.Window},
			in:  Receiver{next: 1, fifo: cfg.FIFO, window: cfg.Window}, pause: cfg.Resend,
		}
	}
	m.resend = env.Timer(m.sendAgain)
	return m
}

// Quiet keeps everything from leaving until Resume.
func (m *Mesh) Quiet() { m.quiet = true }

// Resume sends what is not confirmed, and goes on.
func (m *Mesh) Resume() {
	m.quiet = false
	m.sendAgain()
}

// Send sends a message to a member, which is not this one.
func (m *Mesh) Send(to int, msg node.Message) {
	e := &m.ends[to]
	d, leaves := e.out.add(msg)
	if m.quiet || !leaves {
		return
	}
	m.env.Send(m.cfg.Members[to], d)
	if len(e.out.queue) == 1 {
		m.arm(e)
	}
}

// Broadcast sends a message to all members but this one.
func (m *Mesh) Broadcast(msg node.Message) {
	for to := range m.ends {
		if to != m.self {
			m.Send(to, msg)
		}
	}
}

// Receive handles a message from the network, and tells whether it was one of
// the channels'.
func (m *Mesh) Receive(from node.Addr, msg node.Message) bool {
	i := slices.Index(m.cfg.Members, from)
	switch msg := msg.(type) {
	case *Data:
		if i >= 0 && i != m.self {
			m.data(i, msg)
		}
	case *Got:
		if i >= 0 && i != m.self {
			m.got(i, msg)
		}
	default:
		return false
	}
	return true
}

func (m *Mesh) data(from int, d *Data) {
	in := &m.ends[from].in
	in.accept(d, func(d *Data) bool { return m.take(from, d.Seq, d.Body) })
	m.env.Send(m.cfg.Members[from], &Got{Next: in.next})
}

func (m *Mesh) got(from int, g *Got) {
	e := &m.ends[from]
	if !e.out.waits(g.Next) {
		return // nothing new
	}
	m.moved(from, e.out.got(g.Next))
}

// Forget gives up the messages to a member that come before next, since the owner
// knows that it has them, in another way and durably.
func (m *Mesh) Forget(to int, next Seq) {
	e := &m.ends[to]
	if to == m.self || !e.out.waits(next) {
		return
	}
	m.moved(to, e.out.forget(next))
}

// moved sends what the window of a channel has let go.
func (m *Mesh) moved(to int, left []*Data) {
	for _, d := range left {
		m.env.Send(m.cfg.Members[to], d)
	}
	e := &m.ends[to]
	e.pause = m.cfg.Resend
	m.arm(e)
}

// arm sets when a channel's messages are to be sent again.
func (m *Mesh) arm(e *end) {
	e.resend = m.env.Elapsed() + e.pause
	if !m.armed {
		m.armed = true
		m.resend.Reset(m.cfg.Resend)
	}
}

// sendAgain repeats on every channel what has waited long enough.
func (m *Mesh) sendAgain() {
	open, now := false, m.env.Elapsed()
	m.armed = false
	for i := range m.ends {
		e := &m.ends[i]
		waiting := e.out.inFlight()
		open = open || len(waiting) > 0
		if len(waiting) == 0 || now < e.resend {
			continue
		}
		for _, d := range waiting {
			m.env.Send(m.cfg.Members[i], d)
		}
		e.pause = min(2*e.pause, maxPause*m.cfg.Resend)
		e.resend = now + e.pause
	}
	if open {
		m.armed = true
		m.resend.Reset(m.cfg.Resend)
	}
}

// Backlog returns how many messages the slowest channel from here has yet to
// have confirmed.
func (m *Mesh) Backlog() (n int) {
	for i := range m.ends {
		n = max(n, len(m.ends[i].out.queue))
	}
	return n
}
