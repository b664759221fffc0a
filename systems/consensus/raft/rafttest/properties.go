package rafttest

import (
	"bytes"

	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// examine looks at all logs. It costs time in proportion to them, so it runs
// now and then.
func (a *Audit) examine() {
	for i, s := range a.servers {
		if !s.up() {
			continue
		}
		a.appendOnly(s)
		a.committed(s)
		for _, other := range a.servers[:i] {
			if other.up() {
				a.matching(s, other)
			}
		}
	}
}

// logOf is a server's log as far as it is held.
type logOf struct {
	base    rsm.Index
	term    raft.Term // of the entry at base
	entries []raft.Entry
}

func (s *server) log() logOf {
	base, term, entries := s.raft.Entries()
	return logOf{base, term, entries}
}

func (l logOf) last() rsm.Index { return l.base + rsm.Index(len(l.entries)) }

// at returns the term at an index that is held.
func (l logOf) at(i rsm.Index) raft.Term {
	if i == l.base {
		return l.term
	}
	return l.entries[i-l.base-1].Term
}

// matching keeps Log Matching: below the last place where the terms agree, all
// entries are equal.
func (a *Audit) matching(s, t *server) {
	x, y := s.log(), t.log()
	i, low := min(x.last(), y.last()), max(x.base, y.base)
	for i > low && x.at(i) != y.at(i) {
		i--
	}
	for ; i > low; i-- {
		e, f := x.entries[i-x.base-1], y.entries[i-y.base-1]
		if e.Term != f.Term || e.Kind != f.Kind || !bytes.Equal(e.Data, f.Data) {
			a.fail("log matching: %s and %s agree at a later entry, and at index %d they hold entries of terms %d and %d that differ",
				s.host, t.host, i, e.Term, f.Term)
			return
		}
	}
}

// committed keeps what any server takes as committed, and compares.
func (a *Audit) committed(s *server) {
	l := s.log()
	upTo := min(s.raft.Status().Committed, l.last())
	for i := max(s.checked, l.base) + 1; i <= upTo; i++ {
		known, ok := a.terms[i]
		if ok && known.Term != l.at(i) {
			a.fail("state machine safety: %s takes the entry of term %d at index %d as committed, and %s took that of term %d",
				s.host, l.at(i), i, known.Host, known.Term)
			return
		}
		if !ok {
			a.terms[i] = Entry{l.at(i), s.host}
		}
	}
	s.checked = max(s.checked, upTo)
}

// complete keeps Leader Completeness when a server begins to lead.
func (a *Audit) complete(s *server) {
	a.examine()
	l := s.log()
	for i, e := range a.terms {
		if i < l.base || e.Term > s.led {
			continue
		}
		if i > l.last() {
			a.fail("leader completeness: %s leads in term %d without the entry of term %d at index %d, which %s took as committed",
				s.host, s.led, e.Term, i, e.Host)
			return
		}
		if l.at(i) != e.Term && i > l.base {
			a.fail("leader completeness: %s leads in term %d with an entry of term %d at index %d, where %s took that of term %d as committed",
				s.host, s.led, l.at(i), i, e.Host, e.Term)
			return
		}
	}
}

// appendOnly keeps Leader Append-Only within a term.
func (a *Audit) appendOnly(s *server) {
	if !s.leads() || s.raft.Term() != s.led {
		return
	}
	l := s.log()
	if s.end > l.base && (s.end > l.last() || l.at(s.end) != s.endTerm) {
		a.fail("leader append-only: %s, leading in term %d, no longer has the entry of term %d at index %d",
			s.host, s.led, s.endTerm, s.end)
	}
	s.end, s.endTerm = l.last(), l.at(l.last())
}
