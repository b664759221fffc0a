package player

import (
	"context"
	"log/slog"
	"strings"

	"github.com/parleysystems/parley/kernel/trace"
)

// Event is one event in full.
type Event struct {
	ID     trace.ID `json:"id"`
	At     int64    `json:"at"` // nanoseconds
	Kind   string   `json:"kind"`
	Place  string   `json:"place"`
	Peer   string   `json:"peer"`
	What   string   `json:"what"`
	Cause  trace.ID `json:"cause"`
	Prev   trace.ID `json:"prev"`
	Detail *Tree    `json:"detail"` // the message, or what a note says
	// Step is the event that entered the node: this one, or the one within which
	// this one happened; 0 if it happened at no node.
	Step trace.ID `json:"step"`
	// State is the node before and after Step, merged by Compare.
	State   *Tree `json:"state"`
	Changed bool  `json:"changed"`
}

// event looks at an event; states says which states are known.
func (r *run) event(id trace.ID, s *states) (Event, bool) {
	e, ok := r.recorder.Event(id)
	if !ok {
		return Event{}, false
	}
	out := Event{
		ID: e.ID, At: int64(e.At), Kind: e.Kind.String(), Place: string(e.Place), Peer: string(e.Peer),
		What: e.What, Cause: e.Cause, Prev: e.Prev, Detail: detail(e), Step: r.stepOf(e),
	}
	if before, after := s.before[out.Step], s.after[out.Step]; before != nil && after != nil {
		out.State, out.Changed = Compare(before, after)
	}
	return out, true
}

func detail(e trace.Event) *Tree {
	switch d := e.Detail.(type) {
	case nil:
		return nil
	case string:
		t := parsed(e.What, d)
		if t.Value != "" {
			return &Tree{Key: e.What, Children: []*Tree{{Value: t.Value}}}
		}
		return t
	case []slog.Attr:
		t := &Tree{Key: e.What}
		for _, a := range d {
			t.Children = append(t.Children, &Tree{Key: a.Key, Value: cut(a.Value.String())})
		}
		return t
	}
	return Render(e.What, e.Detail)
}

// find returns the events that have a text in their contents or name, and the
// messages that answer to them: at most maxFound.
func (r *run) find(ctx context.Context, text string) []trace.ID {
	text = strings.ToLower(text)
	found := []trace.ID{}
	n := 0
	for e := range r.recorder.Events() {
		if n++; n%4096 == 0 && ctx.Err() != nil || len(found) == maxFound {
			break
		}
		if strings.Contains(strings.ToLower(e.What+" "+string(e.Place)+" "+trace.Describe(e.Detail)), text) {
			found = append(found, e.ID)
		}
	}
	return found
}

const maxFound = 200_000
