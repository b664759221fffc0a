package benor

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

const (
	// maxRounds bounds the log: a process that has tossed so many coins in vain
	// stops. With a mean of 2^(n-1) rounds that is for small groups only.
	maxRounds = 1 << 20
	// window is how many phases ahead of its own a process keeps votes.
	window = 16
)

// Config is what all processes agree on.
type Config struct {
	Members []node.Addr
	// F is how many processes may be down, or with Byzantine lie.
	F         int
	Byzantine bool
	// Resend is the interval at which a process that waits repeats its vote; 50
	// milliseconds if zero.
	Resend time.Duration
}

// Check tells what is wrong with the configuration.
func (c *Config) Check() error {
	n := len(c.Members)
	if c.F < 0 || !c.Byzantine && n <= 2*c.F || c.Byzantine && n <= 5*c.F {
		return fmt.Errorf("benor: %d processes do not suffice for %d faulty ones (Byzantine: %v)", n, c.F, c.Byzantine)
	}
	return nil
}

// Process is one of the group.
type Process struct {
	cfg    Config
	env    node.Env
	log    node.Log
	me     int
	input  Value
	resend node.Timer

	said   []Value // by step, durable: what the process has voted, the last step's included
	x      Value
	output Value // Question until decided
	// heard holds, by step from the present one on, what each has voted.
	heard map[uint64][]heard
}

// heard is a vote that came, or did not.
type heard struct {
	came bool
	v    Value
}

// New returns a process with an input of 0 or 1; its address must be among the
// members. A configuration that fails its Check panics.
func New(cfg Config, input Value) *Process {
	if err := cfg.Check(); err != nil {
		panic(err)
	}
	cfg.Resend = cmp.Or(cfg.Resend, 50*time.Millisecond)
	return &Process{cfg: cfg, input: input, x: input, output: Question, heard: map[uint64][]heard{}}
}

// Output returns what the process has decided, or Question.
func (p *Process) Output() Value { return p.output }

// Round returns the round that the process is in, or decided in, from 1.
func (p *Process) Round() int { return (len(p.said) + 1) / 2 }

// Inspect implements node.Inspector.
func (p *Process) Inspect() any {
	return struct {
		Round            int
		X, Said, Decided Value
	}{p.Round(), p.x, p.said[len(p.said)-1], p.output}
}

// decided marks a record of the log that is no vote.
const decided = 16

// Start implements node.Node: it reads back what it said, or begins.
func (p *Process) Start(env node.Env) {
	p.env, p.log = env, env.Log("votes")
	if p.me = slices.Index(p.cfg.Members, env.Self()); p.me < 0 {
		panic(fmt.Sprintf("benor: %s is none of %v", env.Self(), p.cfg.Members))
	}
	p.resend = env.Timer(p.repeat)
	for lsn, record := range p.log.Records(p.log.First()) {
		if len(record) != 1 || record[0] > byte(Question) && record[0] < decided || record[0] > decided+1 {
			env.Halt(fmt.Errorf("benor: %s: record %d of its log is %v", env.Self(), lsn, record))
			return
		}
		if v := Value(record[0]); v >= decided {
			p.output = v - decided
		} else {
			p.said = append(p.said, v)
		}
	}
	switch {
	case p.output != Question:
	case len(p.said) == 0:
		p.say(p.x)
	default: // what was heard is gone: ask again
		p.note(p.me, p.step(), p.said[p.step()])
		p.repeat()
	}
}

// step is the phase that the process is in.
func (p *Process) step() uint64 { return uint64(len(p.said) - 1) }

// say votes in the next step, and tells all (I4).
func (p *Process) say(v Value) {
	delete(p.heard, uint64(len(p.said)-1))
	p.said = append(p.said, v)
	p.log.Append([]byte{byte(v)})
	p.note(p.me, p.step(), v)
	p.repeat()
	p.advance()
}

// repeat tells those of the present step that have not told theirs.
func (p *Process) repeat() {
	for i, a := range p.cfg.Members {
		if !p.heard[p.step()][i].came {
			p.env.Send(a, vote(p.step(), p.said[p.step()], false))
		}
	}
	//parley:rule flp.consensus.termination drop
	p.resend.Reset(p.cfg.Resend)
}

// Receive implements node.Node.
func (p *Process) Receive(from node.Addr, m node.Message) {
	v, ok := m.(*Vote)
	i := slices.Index(p.cfg.Members, from)
	if !ok || i < 0 {
		return
	}
	step, sane := v.step()
	if !sane {
		return
	}
	if !v.Answer && (step <= p.step() || p.output != Question) {
		p.env.Send(from, vote(step, p.saidAt(step), true))
	}
	if p.output != Question || step < p.step() || step >= p.step()+window {
		return
	}
	p.note(i, step, v.Value)
	p.advance()
}

// saidAt returns the process's vote of a step. Who has decided votes alike for ever.
func (p *Process) saidAt(step uint64) Value {
	if step < uint64(len(p.said)) {
		return p.said[step]
	}
	return p.output
}

// note keeps the first vote of each process in each step.
func (p *Process) note(i int, step uint64, v Value) {
	if p.heard[step] == nil {
		p.heard[step] = make([]heard, len(p.cfg.Members))
	}
	if !p.heard[step][i].came {
		p.heard[step][i] = heard{true, v}
	}
}
