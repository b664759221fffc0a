package rsmtest

import "github.com/parleysystems/parley/kernel/trace"

// Notes listens to what replicas say of themselves, and passes everything on to a
// recorder if there is one.
type Notes struct {
	// Counts are the notes by text, messages lost as "drop", and messages sent by
	// name as "send NAME".
	Counts map[string]int
	// Hear, if not nil, is called for every event.
	Hear func(*trace.Event)

	to   *trace.Recorder
	last trace.ID
}

// Record implements sim.Observer.
func (n *Notes) Record(e trace.Event) trace.ID {
	switch e.Kind {
	case trace.Note:
		n.Counts[e.What]++
	case trace.Drop:
		n.Counts["drop"]++
	case trace.Send:
		n.Counts["send "+e.What]++
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

// Attr returns an attribute of a note as text.
func Attr(e *trace.Event, key string) string {
	for _, a := range e.Attrs() {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// Listen returns notes that pass everything on to a recorder, if it is not nil.
func Listen(to *trace.Recorder) *Notes { return &Notes{Counts: map[string]int{}, to: to} }
