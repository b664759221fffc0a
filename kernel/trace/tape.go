package trace

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/parleysystems/parley/node"
)

// Tape writes the events of a live run to a file as they happen, in the format
// of JSON, so that what was written is there even if the process is killed. Its
// methods may be called from any goroutine, and never wait for the disk.
//
// The file is bounded: when it holds half of the limit it is renamed to
// FILE.older, in place of the one before, and a new one is begun. Both together,
// the older first, are one trace that lacks its beginning.
//
// Events that come faster than they can be written are left out, and a note at
// World says how many.
type Tape struct {
	name  string
	limit int64
	began time.Time
	fail  func(error)
	wake  chan struct{} // capacity 1
	ended chan struct{}

	mu     sync.Mutex
	next   ID
	last   map[node.Addr]ID
	queue  []Event
	lost   int
	closed bool
	err    error

	// Owned by the writer.
	file    *os.File
	out     *bufio.Writer
	encoder *json.Encoder
	size    int64
}

const (
	maxWaiting  = 16 << 10 // events that wait for the writer
	minTape     = 64 << 10 // bytes; less would be renamed all the time
	tapePlaces  = 64 << 10 // places whose latest event is remembered
	lostMessage = "events lost: they came faster than they could be written"
)

// OpenTape begins a recording in a file that does not exist yet. The limit is in
// bytes, of all that is kept. If it cannot be written any more, fail is called,
// once, and what comes is left out.
func OpenTape(name string, limit int64, fail func(error)) (*Tape, error) {
	t := &Tape{
		name: name, limit: max(limit, minTape), began: time.Now(), fail: fail, next: 1, last: map[node.Addr]ID{},
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	if err := t.begin(os.O_EXCL); err != nil {
		return nil, fmt.Errorf("trace: record: %w", err)
	}
	go t.run()
	return t, nil
}

// Record adds an event: it sets ID and Prev as a Recorder does, and At, which is
// now. It implements the Observer of kernel/live.
func (t *Tape) Record(e Event) ID {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.ID, e.Prev, e.At = t.next, t.last[e.Place], time.Since(t.began)
	t.next++
	if len(t.last) >= tapePlaces {
		clear(t.last)
	}
	t.last[e.Place] = e.ID
	switch {
	case t.closed || t.err != nil:
	case len(t.queue) >= maxWaiting:
		t.lost++
	default:
		t.queue = append(t.queue, e)
		t.poke()
	}
	return e.ID
}

func (t *Tape) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Close writes what waits and returns what went wrong, be it earlier.
func (t *Tape) Close() error {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.poke()
	<-t.ended
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// run is the writer.
func (t *Tape) run() {
	defer close(t.ended)
	var spare []Event
	for range t.wake {
		events, closed := t.take(spare)
		if err := t.write(events); err != nil {
			t.stop(err)
		}
		clear(events) // they hold messages
		spare = events[:0]
		if closed {
			break
		}
	}
	if err := t.finish(); err != nil {
		t.stop(err)
	}
}

// take returns what waits, with a note of what was lost after it.
func (t *Tape) take(spare []Event) (events []Event, closed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	events, t.queue = t.queue, spare
	if t.lost > 0 {
		note := Event{ID: t.next, Prev: t.last[World], At: time.Since(t.began), Kind: Note, Place: World, What: lostMessage}
		note.Detail = []slog.Attr{slog.Int("events", t.lost)}
		t.last[World] = t.next
		t.next++
		t.lost = 0
		events = append(events, note)
	}
	return events, t.closed
}

// stop gives up. Nothing more is queued.
func (t *Tape) stop(err error) {
	t.mu.Lock()
	first := t.err == nil
	if first {
		t.err = fmt.Errorf("trace: record: %w", err)
	}
	t.queue = nil
	err = t.err
	t.mu.Unlock()
	if first && t.fail != nil {
		t.fail(err)
	}
}

func (t *Tape) failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err != nil
}

func (t *Tape) write(events []Event) error {
	if t.failed() {
		return nil
	}
	for i := range events {
		if err := t.encoder.Encode(asJSON(&events[i])); err != nil {
			return err
		}
		if t.size >= t.limit/2 {
			if err := t.turn(); err != nil {
				return err
			}
		}
	}
	return t.out.Flush()
}

// counted is what the encoder writes to.
type counted struct{ *Tape }

func (c counted) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	c.size += int64(n)
	return n, err
}

// begin opens a new file.
func (t *Tape) begin(flag int) error {
	file, err := os.OpenFile(t.name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|flag, 0o600)
	if err != nil {
		return err
	}
	t.file, t.out, t.size = file, bufio.NewWriterSize(file, 64<<10), 0
	t.encoder = json.NewEncoder(counted{t})
	t.encoder.SetEscapeHTML(false)
	return nil
}

// turn makes the file the older one and begins another.
func (t *Tape) turn() error {
	if err := t.finish(); err != nil {
		return err
	}
	if err := os.Rename(t.name, t.name+".older"); err != nil {
		return err
	}
	return t.begin(0)
}

func (t *Tape) finish() error {
	if t.failed() {
		return t.file.Close()
	}
	if err := t.out.Flush(); err != nil {
		return err
	}
	return t.file.Close()
}
