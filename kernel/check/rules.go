package check

import (
	"encoding/binary"
	"fmt"

	"github.com/parleysystems/parley/kernel/workload"
)

// Rules are the conditions on the one order of all operations that a
// consistency model asks for, besides legality. With all of them it is
// linearizability; without RealTime, sequential consistency (Lamport 1979).
type Rules struct {
	// ProgramOrder keeps each client's own order.
	ProgramOrder bool
	// RealTime puts an operation that had returned before one that was called
	// later, whoever the clients are.
	RealTime bool
}

// The two models that the rules make up.
var (
	LinearizableRules = Rules{ProgramOrder: true, RealTime: true}
	SequentialRules   = Rules{ProgramOrder: true}
)

// Sequential decides whether one legal order of all operations exists that
// keeps each client's order. Unlike linearizability this is not a property of
// single objects, so the search spans all of them and suits small histories.
func Sequential[S comparable, In, Out any](
	m Model[S, In, Out], h workload.History[In, Out], steps int,
) Judgement {
	j := Ordered(m, h, SequentialRules, steps)
	j.Judge = "sequential"
	return j
}

// Ordered searches for a legal order of all operations under the rules, and
// gives up after that many steps. An operation of unknown outcome comes after
// what it follows, may be left out, and holds back nothing, because it may take
// effect at any later time.
func Ordered[S comparable, In, Out any](
	m Model[S, In, Out], h workload.History[In, Out], rules Rules, steps int,
) Judgement {
	s := newOrderSearch(m, h, rules, steps)
	j := Judgement{Verdict: Violation, Judge: fmt.Sprintf("ordered %+v", rules), Operations: len(h)}
	switch found := s.extend(0); {
	case found:
		j.Verdict = OK
	case s.steps <= 0:
		j.Verdict, j.Why = Unknown, fmt.Sprintf("no decision within %d steps", steps)
	default:
		j.Why = fmt.Sprintf("no legal order of %d operations obeys the rules; the longest places %d", s.known, s.longest)
	}
	return j
}

// orderSearch is a depth-first search with memory: from equal sets of placed
// operations in equal states the same can follow.
type orderSearch[S comparable, In, Out any] struct {
	m       Model[S, In, Out]
	ops     []workload.Operation[In, Out]
	before  [][]int // before[i] are the operations that must precede i
	object  []int   // the object that each operation is on
	states  []S
	placed  []bool
	seen    map[string]bool
	names   map[S]uint64
	known   int // operations that must be placed
	longest int
	steps   int
}

func newOrderSearch[S comparable, In, Out any](
	m Model[S, In, Out], h workload.History[In, Out], rules Rules, steps int,
) *orderSearch[S, In, Out] {
	s := &orderSearch[S, In, Out]{m: m, seen: map[string]bool{}, names: map[S]uint64{}, steps: steps}
	objects := map[string]int{}
	for _, op := range h {
		if op.Outcome == workload.Failed {
			continue
		}
		key := m.key(op.In)
		if _, ok := objects[key]; !ok {
			objects[key] = len(s.states)
			s.states = append(s.states, m.Init)
		}
		if op.Outcome == workload.OK {
			s.known++
		}
		s.before = append(s.before, predecessors(s.ops, &op, rules))
		s.ops, s.object = append(s.ops, op), append(s.object, objects[key])
	}
	s.placed = make([]bool, len(s.ops))
	return s
}

// predecessors returns which of the earlier calls must come before op.
func predecessors[In, Out any](
	earlier []workload.Operation[In, Out], op *workload.Operation[In, Out], rules Rules,
) []int {
	var before []int
	for i := range earlier {
		e := &earlier[i]
		if e.Outcome != workload.OK || !e.Before(op) {
			continue
		}
		//parley:rule consistency.linearizable.definition consistency.recap.three-conditions value=rules.ProgramOrder && e.Client == op.Client
		if rules.RealTime || rules.ProgramOrder && e.Client == op.Client {
			before = append(before, i)
		}
	}
	return before
}

// extend reports whether the operations placed so far, done of which had a
// known outcome, are the beginning of an order of all.
func (s *orderSearch[S, In, Out]) extend(done int) bool {
	s.longest = max(s.longest, done)
	if done == s.known {
		return true
	}
	s.steps--
	if s.steps <= 0 || !s.isNew() {
		return false
	}
	for i := range s.ops {
		if s.placed[i] || !s.ready(i) {
			continue
		}
		if s.try(i, done) {
			return true
		}
	}
	return false
}

func (s *orderSearch[S, In, Out]) ready(i int) bool {
	for _, b := range s.before[i] {
		//parley:rule consistency.sequential.definition force=false
		if !s.placed[b] {
			return false
		}
	}
	return true
}

func (s *orderSearch[S, In, Out]) try(i, done int) bool {
	op, object := &s.ops[i], s.object[i]
	state := s.states[object]
	next, legal := s.m.Step(state, op.In, output(op))
	if !legal {
		return false
	}
	if op.Outcome == workload.OK {
		done++
	}
	s.placed[i], s.states[object] = true, next
	found := s.extend(done)
	s.placed[i], s.states[object] = false, state
	return found
}

// isNew remembers the present point of the search, and tells whether it was
// there before.
func (s *orderSearch[S, In, Out]) isNew() bool {
	key := make([]byte, 0, len(s.placed)+4*len(s.states))
	for _, p := range s.placed {
		if p {
			key = append(key, 1)
		} else {
			key = append(key, 0)
		}
	}
	for _, state := range s.states {
		name, ok := s.names[state]
		if !ok {
			name = uint64(len(s.names))
			s.names[state] = name
		}
		key = binary.AppendUvarint(key, name)
	}
	if s.seen[string(key)] {
		return false
	}
	s.seen[string(key)] = true
	return true
}
