package trace_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/parleysystems/parley/kernel/trace"
)

func tape(t *testing.T, limit int64) (*trace.Tape, string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "run.jsonl")
	p, err := trace.OpenTape(name, limit, func(err error) { t.Errorf("the tape failed: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	return p, name
}

// played reads a recording back, the older part first.
func played(t *testing.T, name string) []trace.Event {
	t.Helper()
	older, err := os.ReadFile(name + ".older")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	newer, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	events, err := trace.ReadJSON(bytes.NewReader(append(older, newer...)))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestATapeIsReadBack(t *testing.T) {
	p, name := tape(t, 1<<20)
	step := p.Record(trace.Event{Kind: trace.Step, Place: "a/n"})
	sent := p.Record(trace.Event{Kind: trace.Send, Place: "a/n", Peer: "b/n", What: "Word", Cause: step, Detail: &struct{ N int }{7}})
	p.Record(trace.Event{Kind: trace.Receive, Place: "b/n", Peer: "a/n", What: "Word", Cause: sent})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	events := played(t, name)
	if len(events) != 3 || events[1].Prev != step || events[1].Detail != "{N:7}" || events[2].Cause != sent || events[2].Prev != 0 ||
		events[2].At < events[0].At {
		t.Errorf("read back: %+v", events)
	}
	if p.Record(trace.Event{Kind: trace.Note, Place: "a/n"}) != 4 {
		t.Error("a closed tape gives no numbers any more")
	}
	if _, err := trace.OpenTape(name, 1<<20, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a recording is written over: %v", err)
	}
}

func TestATapeIsBoundedAndKeepsTheNewest(t *testing.T) {
	const limit = 64 << 10
	p, name := tape(t, limit)
	var wait sync.WaitGroup
	for _, place := range []string{"a/n", "b/n"} {
		wait.Go(func() {
			for range 3000 {
				p.Record(trace.Event{Kind: trace.Note, Place: trace.World, What: strings.Repeat("x", 20), Detail: place})
			}
		})
	}
	wait.Wait()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, part := range []string{name, name + ".older"} {
		info, err := os.Stat(part)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > limit+1024 {
		t.Errorf("%d bytes are kept, the limit is %d", total, limit)
	}
	events := played(t, name)
	for i := range events[1:] {
		if events[i+1].ID != events[i].ID+1 {
			t.Fatalf("event %d follows event %d", events[i+1].ID, events[i].ID)
		}
	}
	if last := events[len(events)-1].ID; last != 6000 {
		t.Errorf("the last event is %d, want 6000", last)
	}
}

// What the writer has no time for is left out, and said.
func TestATapeThatCannotKeepUpSaysSo(t *testing.T) {
	p, name := tape(t, 64<<20)
	const many = 60_000
	for range many {
		p.Record(trace.Event{Kind: trace.Note, Place: "a/n", Detail: strings.Repeat("y", 500)})
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	written, lost := 0, 0
	for _, e := range played(t, name) {
		if e.Place == trace.World {
			lost++
		} else {
			written++
		}
	}
	if written < many && lost == 0 {
		t.Errorf("%d of %d events were written, and nothing says that some were lost", written, many)
	}
	t.Logf("%d of %d written, %d notes of loss", written, many, lost)
}

func TestATapeWithoutRoomSaysSoOnce(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no device that is always full here")
	}
	name := filepath.Join(t.TempDir(), "full")
	told := make(chan error, 10)
	p, err := trace.OpenTape(name, 1<<20, func(err error) { told <- err })
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Redirect("/dev/full"); err != nil {
		t.Fatal(err)
	}
	p.Record(trace.Event{Kind: trace.Note, Place: "a/n"})
	if err := p.Close(); err == nil || len(told) != 1 {
		t.Errorf("on a full disk Close says %v, and %d failures were told", err, len(told))
	}
}
