package flp

import "fmt"

// MaxProcesses bounds N: everything is enumerated.
const MaxProcesses = 5

// Process is one of p0, p1 and so on.
type Process int

// String returns the process as p0, p1.
func (p Process) String() string { return fmt.Sprintf("p%d", int(p)) }

// Value is an input or an output.
type Value int8

// Undecided is the output register's first content, the paper's b.
const Undecided Value = -1

// String returns 0, 1 or b.
func (v Value) String() string {
	if v == Undecided {
		return "b"
	}
	return fmt.Sprint(int(v))
}

// Body is what a message says: a comparable value, whose text is different for
// different ones.
type Body interface{ String() string }

// Message is an element of the message buffer.
type Message struct {
	From, To Process
	Body     Body
	text     string
}

// String returns the message as in "report(1) from p0".
func (m Message) String() string { return m.text }

// Automaton is a process in some state. It is a comparable value and is not
// changed: Step returns another.
type Automaton interface {
	// Step receives m, or nothing if m is nil, and returns the next state with
	// what is sent. It is deterministic.
	Step(m *Message) (Automaton, []Message)
	// Output returns the output register, which is written once.
	Output() Value
}

// stopper is an Automaton that knows when it takes no notice of anything any more.
// What is still sent to it then makes no two configurations different, which
// saves the explorer most of its work.
type stopper interface{ stopped() bool }

func stopped(a Automaton) bool {
	s, ok := a.(stopper)
	return ok && s.stopped()
}

// Protocol is N automata.
type Protocol interface {
	Name() string
	// About says in a line what it does.
	About() string
	N() int
	// Start returns a process in its initial state.
	Start(p Process, input Value) Automaton
}

// Event is a step that may be taken: P receives Message, or nothing if that is nil.
type Event struct {
	P       Process
	Message *Message
}

// String returns the event as in "p1 receives report(1) from p0".
func (e Event) String() string {
	if e.Message == nil {
		return e.P.String() + " receives nothing"
	}
	return fmt.Sprintf("%v receives %v", e.P, e.Message)
}

// Schedule is a sequence of events.
type Schedule []Event

// String returns the schedule, an event a line, as Replay reads it.
func (s Schedule) String() string {
	text := ""
	for _, e := range s {
		text += e.String() + "\n"
	}
	return text
}
