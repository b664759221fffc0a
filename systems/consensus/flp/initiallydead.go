package flp

import "fmt"

// InitiallyDead is the protocol of section 4, for processes of which a majority is
// alive and of which none dies once it has taken a step. Everybody tells that it is
// there and hears one other; then tells whom it heard, with its input. Who waits
// until it has heard so of all its ancestors knows the initial clique, the same for all, and
// decides by it.
func InitiallyDead() Protocol {
	return protocol{"initially-dead", "section 4: decides if none dies after its first step", 3, func(p Process, v Value) Automaton {
		return clique{me: p, in: v, out: Undecided}
	}}
}

type here struct{}

type heard struct {
	from Process
	v    Value
}

func (here) String() string    { return "here" }
func (h heard) String() string { return fmt.Sprintf("heard(%v):%v", h.from, h.v) }

// clique is a process. parents[p] is 1 + whom p heard.
type clique struct {
	me      Process
	in, out Value
	started bool
	parents [3]Process
	inputs  [3]Value
}

func (c clique) Output() Value { return c.out }
func (c clique) stopped() bool { return c.out != Undecided }

func (c clique) Step(m *Message) (Automaton, []Message) {
	var sent []Message
	if !c.started {
		c.started = true
		sent = broadcast(c.me, 3, here{})
	}
	if m == nil || c.out != Undecided {
		return c, sent
	}
	switch b := m.Body.(type) {
	case here:
		if c.parents[c.me] == 0 {
			c.parents[c.me], c.inputs[c.me] = m.From+1, c.in
			sent = append(sent, broadcast(c.me, 3, heard{m.From, c.in})...)
		}
	case heard:
		c.parents[m.From], c.inputs[m.From] = b.from+1, b.v
	}
	if at, known := c.ancestors(); known {
		c.out = c.decide(at)
	}
	return c, sent
}

// ancestors returns one of the initial clique, once all ancestors are known: each
// process has one parent, so the clique is the cycle that parents lead to.
func (c clique) ancestors() (at Process, known bool) {
	at = c.me
	for range 3 {
		if c.parents[at] == 0 {
			return 0, false
		}
		at = c.parents[at] - 1
	}
	return at, true
}

// decide takes the least input of the cycle.
func (c clique) decide(at Process) Value {
	v := c.inputs[at]
	for p := c.parents[at] - 1; p != at; p = c.parents[p] - 1 {
		v = min(v, c.inputs[p])
	}
	return v
}
