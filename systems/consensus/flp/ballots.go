package flp

import "fmt"

// Ballots is single-decree Paxos among three processes that play all roles. A
// process that receives nothing begins a ballot, unless one of its own is under
// way that it does not know to be overtaken. If announced, who decides tells
// the others; else the others need not decide, which is the weak problem.
func Ballots(announced bool) Protocol {
	name, about := "weak-ballots", "Paxos, in which only proposers decide"
	if announced {
		name, about = "ballots", "Paxos: each begins ballots of its own when it hears nothing"
	}
	return protocol{name, about, 3, func(p Process, v Value) Automaton {
		return ballots{me: int8(p), in: v, announced: announced, from: Undecided, accepted: Undecided, out: Undecided}
	}}
}

// ballot is a number: 3 times a round plus the process; 0 is none.
type ballot int32

type (
	prepare struct{ b ballot }
	promise struct {
		b, accepted ballot
		v           Value
	}
	accept struct {
		b ballot
		v Value
	}
	accepted struct{ b ballot }
)

func (m prepare) String() string  { return fmt.Sprintf("prepare(%d)", m.b) }
func (m promise) String() string  { return fmt.Sprintf("promise(%d,%d:%v)", m.b, m.accepted, m.v) }
func (m accept) String() string   { return fmt.Sprintf("accept(%d:%v)", m.b, m.v) }
func (m accepted) String() string { return fmt.Sprintf("accepted(%d)", m.b) }

// ballots is a process: proposer first, acceptor second.
type ballots struct {
	me        int8
	in, out   Value
	announced bool

	own     ballot // of the ballot under way
	issued  bool   // its second phase has begun
	reports ballot // the highest ballot that a promise reported
	from    Value  // with its value

	promised  ballot
	acceptedB ballot
	accepted  Value
}

func (s ballots) Output() Value { return s.out }
func (s ballots) stopped() bool { return s.out != Undecided }

func (s ballots) Step(m *Message) (Automaton, []Message) {
	if s.out != Undecided {
		return s, nil
	}
	if m == nil {
		return s.begin()
	}
	switch b := m.Body.(type) {
	case prepare:
		if b.b > s.promised {
			s.promised = b.b
			return s, []Message{{To: m.From, Body: promise{b.b, s.acceptedB, s.accepted}}}
		}
	case accept:
		if b.b >= s.promised {
			s.promised, s.acceptedB, s.accepted = b.b, b.b, b.v
			return s, []Message{{To: m.From, Body: accepted{b.b}}}
		}
	case promise:
		return s.promise(b)
	case accepted:
		return s.acknowledge(b)
	case report:
		s.out = b.v
	}
	return s, nil
}

// begin is phase 1a, with the process's own acceptor asked at once.
func (s ballots) begin() (Automaton, []Message) {
	if s.own != 0 && s.own >= s.promised {
		return s, nil // under way
	}
	s.own = s.promised + 1
	s.own += (ballot(s.me) - (s.own-1)%3 + 3) % 3
	s.issued = false
	s.reports, s.from = s.acceptedB, s.accepted
	s.promised = s.own
	return s, broadcast(Process(s.me), 3, prepare{s.own})
}

// promise begins phase 2: with its own acceptor's, two of three have promised.
func (s ballots) promise(m promise) (Automaton, []Message) {
	if m.b != s.own || s.issued || s.own < s.promised {
		return s, nil
	}
	if m.accepted > s.reports {
		s.reports, s.from = m.accepted, m.v
	}
	v := s.in
	if s.reports != 0 {
		v = s.from
	}
	s.issued = true
	s.acceptedB, s.accepted = s.own, v
	return s, broadcast(Process(s.me), 3, accept{s.own, v})
}

// acknowledge decides: with its own acceptor, two of three have accepted. Who has
// accepted another's proposal since leaves it to that.
func (s ballots) acknowledge(m accepted) (Automaton, []Message) {
	if m.b != s.own || !s.issued || s.acceptedB != s.own {
		return s, nil
	}
	s.out = s.accepted
	if !s.announced {
		return s, nil
	}
	return s, broadcast(Process(s.me), 3, report{s.out})
}
