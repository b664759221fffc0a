package flp

import (
	"fmt"
	"strings"
)

// Failure is how a protocol fails, with a schedule that shows it.
type Failure struct {
	Kind     Kind
	Inputs   []Value
	Schedule Schedule
	// Crashed is who takes no step any more, for Blocked; -1 if nobody has to.
	Crashed Process
	Outputs []Value // after the schedule
}

// Kind is a way to fail.
type Kind string

// The ways to fail.
const (
	Disagreement Kind = "disagreement"
	Invalid      Kind = "invalid"
	Blocked      Kind = "blocked"
	Endless      Kind = "endless"
)

// String describes the failure in lines.
func (f *Failure) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s with inputs %v", f.Kind, f.Inputs)
	switch {
	case f.Kind == Blocked && f.Crashed >= 0:
		fmt.Fprintf(&b, ": %v crashes after %d events, and nobody ever decides", f.Crashed, len(f.Schedule))
	case f.Kind == Blocked:
		fmt.Fprintf(&b, ": after %d events nobody ever decides, and nobody has crashed", len(f.Schedule))
	case f.Kind == Endless:
		fmt.Fprintf(&b, ": %d events without a decision, nobody has crashed", len(f.Schedule))
	default:
		fmt.Fprintf(&b, ": the outputs are %v after %d events", f.Outputs, len(f.Schedule))
	}
	return b.String()
}

// Report is what was found out about a protocol.
type Report struct {
	Protocol Protocol
	// Configurations is how many were visited, from all inputs.
	Configurations int
	// Complete tells whether these are all there are.
	Complete bool
	// Initial is the valency of each initial configuration, by Inputs.
	Initial []Values
	// Failure is nil if none was found: for a complete graph that would refute
	// the theorem.
	Failure *Failure
}

// Limits bound what Examine does.
type Limits struct {
	Configurations int // from one initial configuration
	Stages         int // of the adversary
	Crashes        int // how many processes may crash: 0 or 1
	// First ends the search at the first failure; the report is about the inputs
	// up to there.
	First bool
}

// Examine looks for a failure: first for configurations that must not be reached,
// then for schedules after which nobody decides, then the adversary tries.
func Examine(p Protocol, l Limits) *Report {
	r := &Report{Protocol: p, Complete: true}
	var graphs []*Graph
	for i := range 1 << p.N() {
		inputs := Inputs(p.N(), i)
		g := Explore(Initial(p, inputs), l.Configurations)
		graphs = append(graphs, g)
		r.Configurations += g.Len()
		r.Complete = r.Complete && g.Complete
		r.Initial = append(r.Initial, g.Valency())
		r.unsafe(g, inputs)
		if l.First && r.Failure != nil {
			return r
		}
	}
	for i, g := range graphs {
		if r.Failure == nil && g.Complete {
			r.blocked(g, Inputs(p.N(), i), l.Crashes)
		}
	}
	if r.Failure == nil && !r.Complete {
		r.endless(l.Stages)
	}
	return r
}

// unsafe looks for outputs that must not be.
func (r *Report) unsafe(g *Graph, inputs []Value) {
	if r.Failure != nil {
		return
	}
	if at := g.first(func(c *Configuration) bool { return c.Decisions() == Bivalent }); at >= 0 {
		r.fail(Disagreement, g, at, inputs, -1)
		return
	}
	proposed := Nothing
	for _, v := range inputs {
		proposed |= 1 << v
	}
	if at := g.first(func(c *Configuration) bool { return c.Decisions()&^proposed != 0 }); at >= 0 {
		r.fail(Invalid, g, at, inputs, -1)
	}
}

// blocked looks for a configuration from which nobody decides, with as many
// crashes as are allowed.
func (r *Report) blocked(g *Graph, inputs []Value, crashes int) {
	if at := g.blocked(-1); at >= 0 {
		r.fail(Blocked, g, at, inputs, -1)
		return
	}
	//parley:rule flp.result.impossibility flp.result.weak-and-binary force=true
	if crashes == 0 {
		return
	}
	for p := range Process(len(inputs)) {
		if at := g.blocked(p); at >= 0 {
			r.fail(Blocked, g, at, inputs, p)
			return
		}
	}
}

func (r *Report) fail(kind Kind, g *Graph, at int, inputs []Value, crashed Process) {
	r.Failure = &Failure{kind, inputs, g.schedule(at), crashed, g.nodes[at].c.Outputs()}
}

// endless lets the adversary loose on the first bivalent initial configuration.
func (r *Report) endless(stages int) {
	for i := range r.Initial {
		inputs := Inputs(r.Protocol.N(), i)
		c := Initial(r.Protocol, inputs)
		if Outcomes(c) != Bivalent {
			continue
		}
		a := NewAdversary(c)
		for range stages {
			if err := a.Stage(); err != nil {
				return
			}
		}
		r.Failure = &Failure{Endless, inputs, a.Run, -1, a.C.Outputs()}
		return
	}
}
