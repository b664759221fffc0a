package rafttest

import (
	"fmt"
	"strconv"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
)

// Notes listens to what servers say of themselves, and passes everything on to
// a recorder if there is one.
type Notes struct {
	// Counts are the notes by text, and messages lost as "drop".
	Counts map[string]int
	// Ran are the candidates by term, Elected who won.
	Ran     map[raft.Term][]node.Addr
	Elected map[raft.Term]node.Addr
	// Hear, if not nil, is called for every event.
	Hear func(*trace.Event)

	to   *trace.Recorder
	last trace.ID
}

// listen returns Notes, to be set as sim.Config's Observer.
func listen(to *trace.Recorder) *Notes {
	return &Notes{to: to, Counts: map[string]int{}, Ran: map[raft.Term][]node.Addr{}, Elected: map[raft.Term]node.Addr{}}
}

// Record implements sim.Observer.
func (n *Notes) Record(e trace.Event) trace.ID {
	switch e.Kind {
	case trace.Note:
		n.note(&e)
	case trace.Drop:
		n.Counts["drop"]++
	}
	if n.Hear != nil {
		n.Hear(&e)
	}
	if n.to == nil {
		n.last++
		return n.last
	}
	n.last = n.to.Record(e)
	return n.last
}

func (n *Notes) note(e *trace.Event) {
	n.Counts[e.What]++
	switch {
	case e.What == "campaign" && attr(e, "pre") == "false":
		n.Ran[termOf(e)] = append(n.Ran[termOf(e)], e.Place)
	case e.What == "lead":
		n.Elected[termOf(e)] = e.Place
	}
}

// SplitVotes returns in how many terms several ran and nobody won.
func (n *Notes) SplitVotes() (split int) {
	for term, candidates := range n.Ran {
		if _, won := n.Elected[term]; !won && len(candidates) > 1 {
			split++
		}
	}
	return split
}

func termOf(e *trace.Event) raft.Term {
	term, err := strconv.ParseUint(attr(e, "term"), 10, 64)
	if err != nil {
		panic(fmt.Sprintf("rafttest: note %q of %s: %v", e.What, e.Place, err))
	}
	return raft.Term(term)
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
