package floodset

import (
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Values is a set of the values 0 to 7, a bit for each.
type Values uint8

// Known tells what its sender knows of.
type Known struct {
	Values Values `wire:"1"`
}

var _ = wire.Register[Known]("floodset.Known")

// Undecided is the output of who has not decided.
const Undecided = -1

// Config is what all processes agree on.
type Config struct {
	Members []node.Addr
	// Bus, if not empty, hands every message on to all members or to none. Without
	// it a process sends to each by itself.
	Bus    node.Addr
	Rounds int           // f+1
	Round  time.Duration // longer than any message takes
}

// Process is one of the group.
type Process struct {
	cfg    Config
	env    node.Env
	known  Values
	round  int
	output int
	timer  node.Timer
}

// New returns a process with an input of 0 to 7.
func New(cfg Config, input int) *Process {
	return &Process{cfg: cfg, known: 1 << input, output: Undecided}
}

// Output returns what the process has decided, or Undecided.
func (p *Process) Output() int { return p.output }

// Start implements node.Node. All must start together.
func (p *Process) Start(env node.Env) {
	p.env, p.timer = env, env.Timer(p.over)
	p.tell()
}

// tell begins a round.
func (p *Process) tell() {
	p.timer.Reset(p.cfg.Round)
	m := &Known{Values: p.known}
	if p.cfg.Bus != "" {
		p.env.Send(p.cfg.Bus, m)
		return
	}
	for _, a := range p.cfg.Members {
		if a != p.env.Self() {
			p.env.Send(a, m)
		}
	}
}

// over ends a round, and after the last decides.
func (p *Process) over() {
	if p.round++; p.round < p.cfg.Rounds {
		p.tell()
		return
	}
	for v := range 8 {
		if p.known>>v&1 == 1 {
			p.output = v
			return
		}
	}
}

// Receive implements node.Node. What comes after the last round comes too late.
func (p *Process) Receive(_ node.Addr, m node.Message) {
	//parley:rule flp.model.axes force=false
	if k, ok := m.(*Known); ok && p.output == Undecided {
		p.known |= k.Values
	}
}

// Bus hands on what it gets.
type Bus struct {
	Members []node.Addr
	env     node.Env
}

// Start implements node.Node.
func (b *Bus) Start(env node.Env) { b.env = env }

// Receive implements node.Node.
func (b *Bus) Receive(from node.Addr, m node.Message) {
	for _, a := range b.Members {
		if a != from {
			b.env.Send(a, m)
		}
	}
}
