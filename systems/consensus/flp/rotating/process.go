package rotating

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Config is what all processes agree on. Zero durations stand for what their
// comments say.
type Config struct {
	Members []node.Addr
	// Heartbeat is the interval of Alive; 10 milliseconds.
	Heartbeat time.Duration
	// Patience is after how long a silent process is suspected at first; four
	// heartbeats.
	Patience time.Duration
	// Resend is the interval at which a process that waits repeats its estimate; 20
	// milliseconds.
	Resend time.Duration
}

// Process is one of the group.
type Process struct {
	cfg      Config
	env      node.Env
	log      node.Log
	me       int
	memory   memory // durable
	detector detector
	resend   node.Timer

	// As coordinator of a round: the estimates and acknowledgements that came.
	coordinating Round
	estimates    map[int]*Estimate
	acks         map[int]bool
}

// New returns a process with an input; its address must be among the members.
func New(cfg Config, input Value) *Process {
	if input == "" || len(cfg.Members) == 0 {
		panic("rotating: an input that is empty, or a group that is")
	}
	cfg.Heartbeat = cmp.Or(cfg.Heartbeat, 10*time.Millisecond)
	cfg.Patience = cmp.Or(cfg.Patience, 4*cfg.Heartbeat)
	cfg.Resend = cmp.Or(cfg.Resend, 20*time.Millisecond)
	return &Process{cfg: cfg, memory: memory{Estimate: input}}
}

// Output returns what the process has decided, or "".
func (p *Process) Output() Value { return p.memory.Decided }

// Round returns the round that the process is in.
func (p *Process) Round() Round { return p.memory.Round }

// Mistakes returns how often the detector was wrong in this incarnation, as far
// as it knows.
func (p *Process) Mistakes() int { return p.detector.mistakes }

// Inspect implements node.Inspector.
func (p *Process) Inspect() any {
	return struct {
		Memory    memory
		Suspected int
	}{p.memory, p.detector.count()}
}

// Start implements node.Node: it remembers, or begins with round 1.
func (p *Process) Start(env node.Env) {
	p.env, p.log = env, env.Log("rounds")
	if p.me = slices.Index(p.cfg.Members, env.Self()); p.me < 0 {
		panic(fmt.Sprintf("rotating: %s is none of %v", env.Self(), p.cfg.Members))
	}
	for lsn, record := range p.log.Records(p.log.First()) {
		m := memory{}
		if err := wire.UnmarshalBody(record, &m); err != nil {
			env.Halt(fmt.Errorf("rotating: %s: read its log at %d: %w", env.Self(), lsn, err))
			return
		}
		p.memory = m
	}
	p.resend = env.Timer(p.repeat)
	p.detector = detector{
		env: env, members: p.cfg.Members, me: p.me, every: p.cfg.Heartbeat,
		patience: slices.Repeat([]time.Duration{p.cfg.Patience}, len(p.cfg.Members)), suspect: p.suspect,
	}
	p.detector.start()
	if p.memory.Decided == "" {
		p.enter(max(p.memory.Round, 1))
	}
}

// remember logs the memory; what is sent after it waits for the disk.
func (p *Process) remember() {
	record, err := wire.AppendBody(nil, &p.memory)
	if err != nil {
		panic(fmt.Sprintf("rotating: encode a process's memory: %v", err))
	}
	p.log.Trim(p.log.Append(record))
}

// Receive implements node.Node. A message of a higher round takes the process
// there.
func (p *Process) Receive(from node.Addr, m node.Message) {
	place := slices.Index(p.cfg.Members, from)
	if place < 0 {
		return
	}
	p.detector.hear(place)
	if d, ok := m.(*Decide); ok && d.Value != "" {
		p.decide(d.Value)
		return
	}
	if p.memory.Decided != "" {
		if _, asks := m.(*Estimate); asks {
			p.env.Send(from, &Decide{Value: p.memory.Decided})
		}
		return
	}
	switch m := m.(type) {
	case *Estimate:
		p.join(m.Round)
		p.estimate(place, m)
	case *Propose:
		p.join(m.Round)
		p.adopt(from, m)
	case *Ack:
		p.acknowledge(place, m.Round)
	}
}

func (p *Process) decide(v Value) {
	if p.memory.Decided != "" {
		if p.memory.Decided != v {
			panic(fmt.Sprintf("rotating: %s has decided %q, and now %q", p.env.Self(), p.memory.Decided, v))
		}
		return
	}
	//parley:rule flp.consensus.validity value="nobody's"
	p.memory.Decided = v
	p.remember()
	p.resend.Stop()
	p.broadcast(&Decide{Value: p.memory.Decided})
}

// broadcast sends to all others.
func (p *Process) broadcast(m node.Message) {
	for i, a := range p.cfg.Members {
		if i != p.me {
			p.env.Send(a, m)
		}
	}
}
