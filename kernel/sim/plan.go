package sim

import (
	"strings"
	"time"
)

// Plan is a list of faults, one a line of text (grammar.go). To shrink a
// failing run, leave out elements: the draws of the others do not change.
type Plan []Fault

// Fault is one line of a plan: when, and what.
type Fault struct {
	// From and To bound the fault. A timed fault begins at From, and one that
	// lasts ends at To; a triggered one is armed from From to To. Zero in To
	// means until World.Heal.
	From, To time.Duration
	// On makes the action wait for something to happen; nil for timed faults.
	On *Trigger
	// For is how long the action of a triggered fault lasts, 0 until Heal.
	For time.Duration
	// Action is what is done.
	Action Action
}

// Trigger is something that a host does, at which a fault may strike.
type Trigger struct {
	Moment Moment
	// Detail narrows it: the message's type for Sends ("raft.Vote"), the
	// beginning of the text for Notes. Empty for any.
	Detail string
	// Hosts names who is watched; nil for all.
	Hosts []string
	// Chance is the probability at every occurrence.
	Chance float64
}

// Moment is a kind of thing that a host does.
type Moment uint8

// The moments that faults aim at.
const (
	Writes Moment = iota + 1 // the log was written, its fsync is about to begin
	Fsyncs                   // the fsync has ended, what waited for it has not left
	Sends                    // a message has just left
	Notes                    // the node has said something by Env.Note
)

var momentNames = [...]string{Writes: "write", Fsyncs: "fsync", Sends: "send", Notes: "note"}

// Action is what a fault does: one of the types of actions.go.
type Action interface {
	String() string
	// names returns the hosts that are mentioned; "it" is the trigger's.
	names() []string
	// strike does it, and returns how to undo it, nil if it does not last.
	strike(w *World, it *Host) (lift func())
	// lasts tells whether strike returns a lift.
	lasts() bool
}

// String returns the text of the plan, which Parse reads back to the same.
func (p Plan) String() string {
	var b strings.Builder
	for _, f := range p {
		b.WriteString(f.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// String returns the fault's line.
func (f Fault) String() string {
	var words []string
	add := func(w ...string) { words = append(words, w...) }
	switch {
	case f.On != nil && (f.From != 0 || f.To != 0):
		add("from", f.From.String(), "to", f.To.String())
	case f.On == nil && f.To != 0:
		add("at", f.From.String(), "for", (f.To - f.From).String())
	case f.On == nil:
		add("at", f.From.String())
	}
	if f.On != nil {
		add(f.On.String())
		if f.For != 0 {
			add("for", f.For.String())
		}
	}
	return strings.Join(append(words, f.Action.String()), " ")
}

// String returns the trigger as it stands in a plan.
func (t Trigger) String() string {
	words := []string{"on", momentNames[t.Moment]}
	if t.Detail != "" && t.Moment == Notes {
		words = append(words, quote(t.Detail))
	} else if t.Detail != "" {
		words = append(words, t.Detail)
	}
	words = append(words, "of", listOf(t.Hosts))
	if t.Chance != 1 {
		words = append(words, "with", number(t.Chance))
	}
	return strings.Join(words, " ")
}
