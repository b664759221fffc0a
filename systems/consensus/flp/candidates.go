package flp

import "fmt"

// protocol makes a Protocol of a function.
type protocol struct {
	name, about string
	n           int
	start       func(p Process, input Value) Automaton
}

func (p protocol) Name() string                        { return p.name }
func (p protocol) About() string                       { return p.about }
func (p protocol) N() int                              { return p.n }
func (p protocol) Start(q Process, in Value) Automaton { return p.start(q, in) }

// Candidates returns the protocols that try, all of three processes.
func Candidates() []Protocol {
	return []Protocol{
		protocol{"own", "each decides its own input", 3, func(p Process, v Value) Automaton { return alone{rule: ownInput, in: v, out: Undecided} }},
		protocol{"constant", "each decides 0", 3, func(p Process, v Value) Automaton { return alone{rule: always0, in: v, out: Undecided} }},
		protocol{"first", "each tells all, and decides the first value that it hears", 3, func(p Process, v Value) Automaton {
			return collect{me: p, in: v, want: 1, rule: firstHeard, out: Undecided}
		}},
		protocol{"wait-for-all", "each tells all, waits for all, and decides what most have", 3, func(p Process, v Value) Automaton {
			return collect{me: p, in: v, want: 2, rule: mostOfAll, out: Undecided}
		}},
		protocol{"majority", "each tells all, waits for one other, and decides the smaller value", 3, func(p Process, v Value) Automaton {
			return collect{me: p, in: v, want: 1, rule: smallest, out: Undecided}
		}},
		protocol{"leader", "p0 decides its input and tells the others", 3, func(p Process, v Value) Automaton {
			return led{me: p, in: v, self: true, out: Undecided}
		}},
		protocol{"arbiter", "p0 decides the first value that it hears of another, and tells all", 3, func(p Process, v Value) Automaton {
			return led{me: p, in: v, out: Undecided}
		}},
		InitiallyDead(),
		Ballots(true),
		Ballots(false),
	}
}

// Named returns the candidate of that name.
func Named(name string) (Protocol, error) {
	var names []string
	for _, p := range Candidates() {
		if p.Name() == name {
			return p, nil
		}
		names = append(names, p.Name())
	}
	return nil, fmt.Errorf("no protocol is called %q; there are %v", name, names)
}

// rule is how a value comes of what was heard.
type rule uint8

const (
	ownInput rule = iota
	always0
	firstHeard
	smallest
	mostOfAll
)

// alone decides without asking anybody.
type alone struct {
	rule    rule
	in, out Value
}

func (a alone) Output() Value { return a.out }
func (a alone) stopped() bool { return a.out != Undecided }

func (a alone) Step(*Message) (Automaton, []Message) {
	if a.out == Undecided {
		if a.out = a.in; a.rule == always0 {
			a.out = 0
		}
	}
	return a, nil
}

// report tells a value.
type report struct{ v Value }

func (r report) String() string { return fmt.Sprintf("report(%v)", r.v) }

// broadcast is a message to each of the others.
func broadcast(me Process, n int, b Body) []Message {
	var all []Message
	for p := range Process(n) {
		if p != me {
			all = append(all, Message{To: p, Body: b})
		}
	}
	return all
}

// collect tells its input, waits for want others, and decides by a rule.
type collect struct {
	me      Process
	rule    rule
	in, out Value
	started bool
	want    int
	heard   int
	ones    int
	last    Value
}

func (c collect) Output() Value { return c.out }
func (c collect) stopped() bool { return c.out != Undecided }

func (c collect) Step(m *Message) (Automaton, []Message) {
	var sent []Message
	if !c.started {
		c.started = true
		sent = broadcast(c.me, 3, report{c.in})
	}
	if m == nil || c.out != Undecided {
		return c, sent
	}
	c.last = m.Body.(report).v
	c.heard++
	c.ones += int(c.last)
	if c.heard == c.want {
		c.out = c.decide()
	}
	return c, sent
}

func (c collect) decide() Value {
	ones := c.ones + int(c.in)
	switch {
	case c.rule == firstHeard:
		return c.last
	case c.rule == smallest && ones < c.heard+1:
		return 0
	case c.rule == mostOfAll && 2*ones < c.heard+1:
		return 0
	}
	return 1
}

// led lets p0 decide: its own input, or the first that it hears.
type led struct {
	me      Process
	self    bool
	in, out Value
	started bool
}

func (l led) Output() Value { return l.out }
func (l led) stopped() bool { return l.out != Undecided }

func (l led) Step(m *Message) (Automaton, []Message) {
	first := !l.started
	l.started = true
	switch {
	case l.out != Undecided:
		return l, nil
	case l.me == 0 && l.self:
		l.out = l.in
		return l, broadcast(0, 3, report{l.out})
	case l.me == 0 && m != nil:
		l.out = m.Body.(report).v
		return l, broadcast(0, 3, report{l.out})
	case m != nil && m.From == 0:
		l.out = m.Body.(report).v
	}
	if first && l.me != 0 && !l.self {
		return l, []Message{{To: 0, Body: report{l.in}}}
	}
	return l, nil
}
