package flp

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// Configuration is the states of all processes and the message buffer. It is not
// changed.
type Configuration struct {
	n      int
	local  [MaxProcesses]Automaton
	buffer []Message // the oldest first
}

// key is what two equal configurations have in common: the buffer is a multiset.
type key struct {
	local  [MaxProcesses]Automaton
	buffer string
}

// Initial returns the initial configuration for the given inputs. The number of
// inputs must be the protocol's N.
func Initial(p Protocol, inputs []Value) *Configuration {
	if len(inputs) != p.N() || len(inputs) > MaxProcesses {
		panic(fmt.Sprintf("flp: %d inputs for protocol %s of %d processes, at most %d", len(inputs), p.Name(), p.N(), MaxProcesses))
	}
	c := &Configuration{n: len(inputs)}
	for i, v := range inputs {
		c.local[i] = p.Start(Process(i), v)
	}
	return c
}

// Inputs returns the i-th of the 2^n vectors of inputs: p0's is the lowest bit.
func Inputs(n, i int) []Value {
	inputs := make([]Value, n)
	for p := range inputs {
		inputs[p] = Value(i >> p & 1)
	}
	return inputs
}

func (c *Configuration) key() key {
	texts := make([]string, 0, len(c.buffer))
	for _, m := range c.buffer {
		if !stopped(c.local[m.To]) {
			texts = append(texts, m.To.String()+m.text)
		}
	}
	slices.Sort(texts)
	return key{c.local, strings.Join(texts, "\n")}
}

// State returns the automaton of a process.
func (c *Configuration) State(p Process) Automaton { return c.local[p] }

// Buffer returns the messages that were sent and not received, the oldest first.
func (c *Configuration) Buffer() []Message { return slices.Clone(c.buffer) }

// Outputs returns what has been decided, by process.
func (c *Configuration) Outputs() []Value {
	out := make([]Value, c.n)
	for p := range out {
		out[p] = c.local[p].Output()
	}
	return out
}

// Decisions returns the set of values that somebody has decided.
func (c *Configuration) Decisions() Values {
	var all Values
	for _, v := range c.Outputs() {
		if v != Undecided {
			all |= 1 << v
		}
	}
	return all
}

// Oldest returns the oldest message to a process, or nil.
func (c *Configuration) Oldest(p Process) *Message {
	for i := range c.buffer {
		if c.buffer[i].To == p {
			return &c.buffer[i]
		}
	}
	return nil
}

// Apply returns the configuration after an event, and whether the event is
// possible: its message must be in the buffer.
func (c *Configuration) Apply(e Event) (*Configuration, bool) {
	next := &Configuration{n: c.n, local: c.local, buffer: c.buffer}
	if e.Message != nil {
		at := slices.IndexFunc(c.buffer, func(m Message) bool { return m.To == e.P && m.text == e.Message.text })
		if at < 0 {
			return nil, false
		}
		next.buffer = slices.Concat(c.buffer[:at], c.buffer[at+1:])
	}
	var sent []Message
	next.local[e.P], sent = c.local[e.P].Step(e.Message)
	if out := c.local[e.P].Output(); out != Undecided && next.local[e.P].Output() != out {
		panic(fmt.Sprintf("flp: %v has written its output and writes it again", e.P))
	}
	for _, m := range sent {
		m.From = e.P
		m.text = fmt.Sprintf("%v from %v", m.Body, m.From)
		next.buffer = append(slices.Clip(next.buffer), m)
	}
	return next, true
}

// Events returns the events that may change something: each different message to
// a process that has not stopped, and receiving nothing where a process has
// something to do then.
func (c *Configuration) Events() []Event {
	var events []Event
	for p := range Process(c.n) {
		if stopped(c.local[p]) {
			continue
		}
		if next, sent := c.local[p].Step(nil); next != c.local[p] || len(sent) > 0 {
			events = append(events, Event{P: p})
		}
		seen := map[string]bool{}
		for i := range c.buffer {
			m := &c.buffer[i]
			if m.To == p && !seen[m.text] {
				seen[m.text] = true
				events = append(events, Event{p, m})
			}
		}
	}
	return events
}

// Values is a set of decision values, a bit for each.
type Values uint8

// The valencies: what can still be decided.
const (
	Nothing  Values = 0
	Zero     Values = 1 // 0-valent
	One      Values = 2 // 1-valent
	Bivalent Values = 3
)

// String returns the paper's word.
func (v Values) String() string {
	return [...]string{"undecidable", "0-valent", "1-valent", "bivalent"}[v&3]
}

// Fingerprint is equal for equal configurations.
func (c *Configuration) Fingerprint() uint64 {
	h := fnv.New64a()
	k := c.key()
	fmt.Fprintf(h, "%+v\n%s", k.local, k.buffer)
	return h.Sum64()
}
