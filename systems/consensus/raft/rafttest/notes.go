package rafttest

import (
	"strings"

	"github.com/parleysystems/parley/kernel/trace"
)

// Notes listens to what servers say of themselves, and passes everything on to
// a recorder if there is one.
type Notes struct {
	to   *trace.Recorder
	last trace.ID
	// Counts are the notes by text, and messages lost as "drop".
	Counts map[string]int
	// Hear, if not nil, is called for every note.
	Hear func(trace.Event)
	// Sent, if not nil, is called for every message that leaves.
	Sent func(trace.Event)
}

// Record implements sim.Observer.
func (n *Notes) Record(e trace.Event) trace.ID {
	switch e.Kind {
	case trace.Note:
		n.Counts[e.What]++
		if n.Hear != nil {
			n.Hear(e)
		}
	case trace.Drop:
		n.Counts["drop"]++
	case trace.Send:
		if n.Sent != nil {
			n.Sent(e)
		}
	}
	if n.to != nil {
		n.last = n.to.Record(e)
	} else {
		n.last++
	}
	return n.last
}

// attr returns an attribute of a note as text.
func attr(e *trace.Event, key string) string {
	for _, a := range e.Attrs() {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// isA tells whether an event's message is of a type of package raft.
func isA(e *trace.Event, name string) bool { return strings.TrimPrefix(e.What, "raft.") == name }
