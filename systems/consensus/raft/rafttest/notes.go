package rafttest

import (
	"fmt"
	"strconv"
	"time"

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
	// Relapse says which server spoke in a lower term than before, crashes
	// between or not; "" if none.
	Relapse string
	// Hear, if not nil, is called for every event.
	Hear func(*trace.Event)

	spoke    map[node.Addr]raft.Term // the highest term that a server spoke in
	to       *trace.Recorder
	last     trace.ID
	place    node.Addr   // of the last event
	violated trace.Event // the first Violation; its ID is zero if there was none
}

// listen returns Notes, to be set as sim.Config's Observer.
func listen(to *trace.Recorder) *Notes {
	return &Notes{
		Counts: map[string]int{}, Ran: map[raft.Term][]node.Addr{}, Elected: map[raft.Term]node.Addr{},
		spoke: map[node.Addr]raft.Term{}, to: to,
	}
}

// Record implements sim.Observer.
func (n *Notes) Record(e trace.Event) trace.ID {
	switch e.Kind {
	case trace.Note:
		n.note(&e)
	case trace.Drop:
		n.Counts["drop"]++
	case trace.Send:
		n.speak(&e)
	}
	if n.Hear != nil {
		n.Hear(&e)
	}
	n.place = e.Place
	if n.to == nil {
		n.last++
		return n.last
	}
	n.last = n.to.Record(e)
	return n.last
}

// Violate records what was broken, as shown by the last event. Only the first
// time counts.
func (n *Notes) Violate(what string, at time.Duration) {
	if n.violated.ID != 0 || n.last == 0 {
		return
	}
	e := trace.Event{Kind: trace.Violation, Place: n.place, What: what, Cause: n.last, At: at}
	e.ID = n.Record(e)
	n.violated = e
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

// speak keeps that what a server says of its term holds over restarts.
func (n *Notes) speak(e *trace.Event) {
	var term raft.Term
	switch m := e.Detail.(type) {
	case *raft.RequestVote:
		if m.Pre {
			return // the term is one that it may never enter
		}
		term = m.Term
	case *raft.RequestVoteReply:
		term = m.Term
	case *raft.AppendEntries:
		term = m.Term
	case *raft.AppendEntriesReply:
		term = m.Term
	case *raft.InstallSnapshotReply:
		if term = m.Term; m.Done {
			n.Counts["snapshot installed"]++
		}
	}
	if before := n.spoke[e.Place]; term != 0 && term < before && n.Relapse == "" {
		n.Relapse = fmt.Sprintf("terms: %s speaks in term %d, and did so in term %d", e.Place, term, before)
	}
	n.spoke[e.Place] = max(n.spoke[e.Place], term)
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
