package flp

import (
	"fmt"
	"strings"
)

// Table is a protocol of a whole family: in each of Rounds rounds a process tells
// its value to all, waits for Wait others, and takes its next value from a table, by its
// own and by how many of the others said 1. What the last table gives is decided;
// b there means to decide nothing.
type Table struct {
	Rounds int // 1 or 2
	Wait   int // 1 or 2, of three processes
	// Next is the table, by round, own value and number of ones.
	Next [2][2][3]Value
}

// Name returns the table as text.
func (t Table) Name() string {
	var b strings.Builder
	fmt.Fprintf(&b, "table wait=%d", t.Wait)
	for r := range t.Rounds {
		for own := range 2 {
			fmt.Fprintf(&b, " %v", t.Next[r][own][:t.Wait+1])
		}
	}
	return b.String()
}

// About implements Protocol.
func (t Table) About() string { return "rounds of telling a value, waiting, and looking up the next" }

// N implements Protocol.
func (t Table) N() int { return 3 }

// Start implements Protocol.
func (t Table) Start(p Process, input Value) Automaton {
	return tabled{table: t, me: p, x: input, out: Undecided}
}

type told struct {
	round int8
	v     Value
}

func (m told) String() string { return fmt.Sprintf("told(%d:%v)", m.round, m.v) }

// tabled is a process.
type tabled struct {
	table   Table
	me      Process
	x, out  Value
	started bool
	round   int8
	heard   [2]int8 // by round; the first Wait count
	ones    [2]int8
	over    bool
}

func (s tabled) Output() Value { return s.out }
func (s tabled) stopped() bool { return s.over }

func (s tabled) Step(m *Message) (Automaton, []Message) {
	var sent []Message
	if !s.started {
		s.started = true
		sent = broadcast(s.me, 3, told{0, s.x})
	}
	if m == nil || s.over {
		return s, sent
	}
	b := m.Body.(told)
	if b.round < s.round || int(s.heard[b.round]) == s.table.Wait {
		return s, sent
	}
	s.heard[b.round]++
	s.ones[b.round] += int8(b.v)
	for !s.over && int(s.heard[s.round]) == s.table.Wait {
		next := s.table.Next[s.round][s.x][s.ones[s.round]]
		if int(s.round)+1 == s.table.Rounds {
			s.out, s.over = next, true
			break
		}
		s.x = next
		s.round++
		sent = append(sent, broadcast(s.me, 3, told{s.round, s.x})...)
	}
	return s, sent
}
