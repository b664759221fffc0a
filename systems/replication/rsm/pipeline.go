package rsm

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// Pipeline executes commands and asks questions from a host that has no
// replica, as Client does, but many at a time: whatever gathers while earlier
// messages are under way travels in the next one. So it costs one message, one
// place in the log and one wake-up for hundreds of commands, and a command that
// comes alone waits for nobody.
//
//	Execute ──► waiting ──► session (sequence numbers) ──► flight ──► leader
//	                            ▲                             │
//	                            └── lost, refused: again ◄────┘
//	Ask ──────► waiting ──────────────────────────────────► flight ──► leader
//
// It is a part of a node, whose Receive hands it the messages that it does not
// know itself. Its methods are called on that node's loop.
type Pipeline struct {
	env     node.Env
	servers []node.Addr
	cfg     PipelineConfig
	opener  *Client   // opens the session
	leader  node.Addr // "" while unknown
	turn    int       // of servers, when no leader is known

	flushing bool // flusher is set
	flusher  node.Timer
	tick     node.Timer
	ticking  bool

	commands commandQueue
	asks     [Serializable + 1]askQueue // by level
	lastID   uint64                     // of a flight
}

// PipelineConfig is a pipeline's knobs. The zero value of a field means its
// default.
type PipelineConfig struct {
	// Timeout is when a request is given up. Default 10 s.
	Timeout time.Duration
	// RetryAfter is how long a message may go unanswered before what it carried
	// is sent again, to another server. Default 1 s.
	RetryAfter time.Duration
	// Backoff is the mean pause before a server is asked that just refused.
	// Default 20 ms.
	Backoff time.Duration
	// MaxOutstanding bounds the commands, and the questions of each level, that
	// have no outcome yet: more are refused with ErrBusy. Default 8,192, at
	// most Window.
	MaxOutstanding int
	// MaxMessage is when a message is closed, in bytes. Default 64 KiB.
	MaxMessage int
	// Flights is how many messages of commands, and of questions of each level,
	// may be under way. Default 4: fewer are larger.
	Flights int
}

func (c PipelineConfig) withDefaults() PipelineConfig {
	c.Timeout = or(c.Timeout, 10*time.Second)
	c.RetryAfter = or(c.RetryAfter, time.Second)
	c.Backoff = or(c.Backoff, 20*time.Millisecond)
	c.MaxOutstanding = min(or(c.MaxOutstanding, Window/2), Window)
	c.MaxMessage = or(c.MaxMessage, 64<<10)
	c.Flights = or(c.Flights, 4)
	return c
}

// pending is a command or a question that has no outcome yet.
type pending struct {
	body     []byte
	done     func(result []byte, err error) // nil once there is an outcome
	deadline time.Duration
	// sent is how many messages it left in. Once it has left, no refusal says
	// that it was not executed: the network may deliver a message twice, and the
	// server that refuses one copy has executed the other, or will.
	sent   int
	flight *flight // that carries the latest copy; nil if that came back
}

// NewPipeline returns a pipeline to the replicas at servers.
func NewPipeline(env node.Env, servers []node.Addr, cfg PipelineConfig) *Pipeline {
	cfg = cfg.withDefaults()
	p := &Pipeline{env: env, servers: slices.Clone(servers), cfg: cfg, turn: env.Rand().IntN(len(servers))}
	p.opener = NewClient(env, servers, ClientConfig{Timeout: cfg.Timeout, RetryAfter: cfg.RetryAfter, Backoff: cfg.Backoff})
	p.flusher, p.tick = env.Timer(p.onFlush), env.Timer(p.onTick)
	return p
}

// Execute has command executed, at most once, and then runs done with its
// result. After an error SurelyNot tells whether it may have been executed.
// Nobody changes command any more; the result is valid for as long as it is
// kept.
func (p *Pipeline) Execute(command []byte, done func(result []byte, err error)) {
	q := &p.commands
	if q.outstanding() >= p.cfg.MaxOutstanding {
		done(nil, ErrBusy)
		return
	}
	q.waiting.push(pending{body: command, done: done, deadline: p.deadline()})
	p.wake()
}

// Ask puts a question, encoded by wire.Append, and runs done with the answer,
// encoded likewise. Questions that travel in one message see the same state.
func (p *Pipeline) Ask(level Level, question []byte, done func(answer []byte, err error)) {
	if level > Serializable {
		done(nil, ErrRefused)
		return
	}
	q := &p.asks[level]
	if q.outstanding() >= p.cfg.MaxOutstanding {
		done(nil, ErrBusy)
		return
	}
	q.waiting.push(pending{body: question, done: done, deadline: p.deadline()})
	p.wake()
}

// Receive handles a message and reports whether it was one for a pipeline.
func (p *Pipeline) Receive(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Executed:
		p.onExecuted(m)
	case *Answers:
		p.onAnswers(m)
	case *Refused:
		p.onRefused(from, m)
	default:
		return false
	}
	p.wake()
	return true
}

// Abandon ends everything that is outstanding. It is for an owner whose
// incarnation is over.
func (p *Pipeline) Abandon() {
	const never = time.Duration(1<<63 - 1)
	p.land(&p.commands.flights, func(*flight) bool { return true }, &Refused{Code: CodeOf(ErrUnknown)})
	p.commands.giveUp(never, ErrNoLeader)
	for level := range p.asks {
		q := &p.asks[level]
		p.land(&q.flights, func(*flight) bool { return true }, &Refused{Code: CodeOf(ErrUnknown)})
		q.giveUp(never, ErrNoLeader)
	}
}

func (p *Pipeline) deadline() time.Duration { return p.env.Elapsed() + p.cfg.Timeout }

// wake has messages sent once the event is over: what comes within one event
// travels together.
func (p *Pipeline) wake() {
	if !p.flushing {
		p.flushing = true
		p.flusher.Reset(0)
	}
	if !p.ticking {
		p.ticking = true
		p.tick.Reset(p.cfg.RetryAfter / 2)
	}
}

func (p *Pipeline) onFlush() {
	p.flushing = false
	p.flushCommands()
	for level := range p.asks {
		p.flushAsks(Level(level))
	}
}

// backOff puts the next flush off.
func (p *Pipeline) backOff() {
	p.flushing = true
	p.flusher.Reset(p.cfg.Backoff/2 + time.Duration(p.env.Rand().Int64N(int64(p.cfg.Backoff))))
}

// onTick takes back what went unanswered and gives up what waited too long. The
// timer runs only while something is outstanding.
func (p *Pipeline) onTick() {
	now := p.env.Elapsed()
	p.ticking = false
	p.commands.giveUp(now, p.giveUpError())
	p.retry(&p.commands.flights, now)
	busy := p.commands.outstanding()
	for level := range p.asks {
		q := &p.asks[level]
		p.retry(&q.flights, now)
		q.giveUp(now, p.giveUpError())
		busy += q.outstanding()
	}
	if busy > 0 {
		p.wake()
	}
}

// giveUpError is for who has surely not been served.
func (p *Pipeline) giveUpError() error {
	if p.leader == "" {
		return ErrNoLeader
	}
	return ErrBusy
}
