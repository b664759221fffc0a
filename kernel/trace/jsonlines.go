package trace

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/parleysystems/parley/node"
)

// maxLine bounds a line of a trace in JSON.
const maxLine = 1 << 20

// jsonEvent is one line. The time is in nanoseconds, the detail rendered.
type jsonEvent struct {
	ID     ID            `json:"id"`
	Prev   ID            `json:"prev,omitempty"`
	Cause  ID            `json:"cause,omitempty"`
	At     time.Duration `json:"at"`
	Kind   string        `json:"kind"`
	Place  node.Addr     `json:"place"`
	Peer   node.Addr     `json:"peer,omitempty"`
	What   string        `json:"what,omitempty"`
	Detail string        `json:"detail,omitempty"`
}

func asJSON(e *Event) jsonEvent {
	return jsonEvent{e.ID, e.Prev, e.Cause, e.At, e.Kind.String(), e.Place, e.Peer, e.What, Describe(e.Detail)}
}

// JSON writes one object a line.
func JSON(w io.Writer, events iter.Seq[Event]) error {
	buffered := bufio.NewWriter(w)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	for e := range events {
		if err := encoder.Encode(asJSON(&e)); err != nil {
			return fmt.Errorf("trace: write event %d: %w", e.ID, err)
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("trace: write events: %w", err)
	}
	return nil
}

// ReadJSON reads what JSON wrote. Details are the rendered text.
func ReadJSON(r io.Reader) ([]Event, error) {
	var events []Event
	if err := eachEvent(r, func(e Event) { events = append(events, e) }); err != nil {
		return nil, err
	}
	return events, nil
}

// Load reads what JSON wrote, or a Tape, into a Recorder that keeps the newest
// limit events; zero for all. Events are numbered anew from 1, so causes that a
// tape no longer had are none.
func Load(r io.Reader, limit int) (*Recorder, error) {
	recorder := NewRecorder(limit)
	number := map[ID]ID{}
	err := eachEvent(r, func(e Event) {
		e.Cause = number[e.Cause]
		number[e.ID] = recorder.Record(e)
	})
	if err != nil {
		return nil, err
	}
	return recorder, nil
}

func eachEvent(r io.Reader, do func(Event)) error {
	n, last := 0, ID(0)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		n++
		e, err := parseEvent(lines.Bytes())
		if err == nil && e.ID <= last {
			err = fmt.Errorf("event %d does not follow event %d", e.ID, last)
		}
		if err != nil {
			return fmt.Errorf("trace: read events, line %d: %w", n, err)
		}
		last = e.ID
		do(e)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("trace: read events, line %d: %w", n+1, err)
	}
	return nil
}

func parseEvent(line []byte) (Event, error) {
	var l jsonEvent
	if err := json.Unmarshal(line, &l); err != nil {
		return Event{}, err
	}
	kind, ok := ParseKind(l.Kind)
	switch {
	case !ok:
		return Event{}, fmt.Errorf("%q is not a kind of event", l.Kind)
	case l.ID == 0 || l.Prev >= l.ID || l.Cause >= l.ID:
		return Event{}, fmt.Errorf("event %d has parents %d and %d, which do not come before it", l.ID, l.Prev, l.Cause)
	}
	e := Event{ID: l.ID, Prev: l.Prev, Cause: l.Cause, At: l.At, Kind: kind, Place: l.Place, Peer: l.Peer, What: l.What}
	if l.Detail != "" {
		e.Detail = l.Detail
	}
	return e, nil
}
