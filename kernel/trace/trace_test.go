package trace_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

type ping struct {
	Term  uint64
	Data  []byte
	Names []string
	Empty int
}

// exchange records an election-like exchange between two nodes, a loss and a
// crash.
func exchange() *trace.Recorder {
	r := trace.NewRecorder(0)
	at := func(ms int, e trace.Event) trace.ID {
		e.At = time.Duration(ms) * time.Millisecond
		return r.Record(e)
	}
	timer := at(10, trace.Event{Kind: trace.Timer, Place: "a/raft", What: "election"})
	ask := at(10, trace.Event{Kind: trace.Send, Place: "a/raft", Peer: "b/raft", What: "RequestVote", Cause: timer})
	got := at(12, trace.Event{Kind: trace.Receive, Place: "b/raft", Peer: "a/raft", What: "RequestVote", Cause: ask,
		Detail: &ping{Term: 3, Data: []byte("abc"), Names: []string{"x", "y"}}})
	answer := at(13, trace.Event{Kind: trace.Send, Place: "b/raft", Peer: "a/raft", What: "Vote", Cause: got})
	at(14, trace.Event{Kind: trace.Drop, Place: "b/raft", Peer: "a/raft", What: "Vote", Cause: answer})
	at(15, trace.Event{Kind: trace.Note, Place: "b/raft", What: "voted", Detail: []slog.Attr{slog.Int("term", 3)}})
	cut := at(20, trace.Event{Kind: trace.Fault, Place: trace.World, What: "partition a | b"})
	at(21, trace.Event{Kind: trace.Crash, Place: "b", What: "power", Cause: cut})
	return r
}

func TestTextAndDiagramReadAsIntended(t *testing.T) {
	for name, write := range map[string]func(io.Writer, iter.Seq[trace.Event]) error{
		"text.txt": trace.Text, "diagram.txt": trace.Diagram, "shiviz.txt": trace.ShiViz, "events.jsonl": trace.JSON,
	} {
		var got bytes.Buffer
		if err := write(&got, exchange().Events()); err != nil {
			t.Fatal(err)
		}
		path := "testdata/" + name
		if os.Getenv("REWRITE") != "" {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s (REWRITE=1 accepts) differs:\n%s", path, got.Bytes())
		}
	}
}

func TestSVGIsWellFormedAndShowsEveryArrow(t *testing.T) {
	var picture bytes.Buffer
	if err := trace.SVG(&picture, exchange().Events()); err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	decoder := xml.NewDecoder(bytes.NewReader(picture.Bytes()))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "line" {
			lines[e.Attr[0].Value]++
		}
	}
	if lines["m"] != 1 || lines["d"] != 1 || lines["l"] != 2 {
		t.Errorf("lines by class: %v, want one message, one loss and two places", lines)
	}
}

// random records a run with arbitrary causes.
func random(seed uint64, limit, n int) *trace.Recorder {
	r, rec := rand.New(rand.NewPCG(seed, 0)), trace.NewRecorder(limit)
	for i := range n {
		e := trace.Event{Kind: trace.Step, At: time.Duration(i), What: fmt.Sprint(r.IntN(9)),
			Place: node.Join(string(rune('a'+r.IntN(5))), "x")}
		if r.IntN(2) == 0 && i > 0 {
			e.Cause = trace.ID(1 + r.IntN(i))
		}
		rec.Record(e)
	}
	return rec
}

func TestARingKeepsTheNewestEvents(t *testing.T) {
	all, ring := random(1, 0, 20000), random(1, 700, 20000)
	if ring.Len() != 20000 || ring.First() != 19301 {
		t.Fatalf("%d events, from %d", ring.Len(), ring.First())
	}
	if _, kept := ring.Event(19300); kept {
		t.Error("an overwritten event was returned")
	}
	got, want := slices.Collect(ring.Events()), slices.Collect(all.Events())[19300:]
	if !reflect.DeepEqual(got, want) {
		t.Error("the ring holds other events than the full recording")
	}
}

// Three ways to tell what happened before what: the backward walk, the set that
// Past returns, and the vector clocks of the export.
func TestHappensBeforeAgreesWithVectorClocks(t *testing.T) {
	for seed := range uint64(20) {
		rec := random(seed, 0, 60)
		clocks := shivizClocks(t, rec)
		for b := trace.ID(1); b <= 60; b++ {
			past := map[trace.ID]bool{}
			for _, e := range rec.Past(b, 0) {
				past[e.ID] = true
			}
			for a := trace.ID(1); a <= 60; a++ {
				want := a != b && before(clocks[a-1], clocks[b-1])
				if got := rec.HappensBefore(a, b); got != want {
					t.Fatalf("seed %d: HappensBefore(%d, %d) = %v, vector clocks say %v", seed, a, b, got, want)
				}
				if past[a] != (want || a == b) {
					t.Fatalf("seed %d: %d in the past of %d: %v, vector clocks say %v", seed, a, b, past[a], want)
				}
			}
		}
	}
}

var clockEntry = regexp.MustCompile(`"([^"]+)": (\d+)`)

func shivizClocks(t *testing.T, rec *trace.Recorder) (clocks []map[string]string) {
	t.Helper()
	var text bytes.Buffer
	if err := trace.ShiViz(&text, rec.Events()); err != nil {
		t.Fatal(err)
	}
	parser := regexp.MustCompile(strings.ReplaceAll(trace.ShiVizParser, "?<", "?P<"))
	for _, match := range parser.FindAllStringSubmatch(text.String(), -1) {
		clock := map[string]string{}
		for _, entry := range clockEntry.FindAllStringSubmatch(match[2], -1) {
			clock[entry[1]] = fmt.Sprintf("%6s", entry[2])
		}
		clocks = append(clocks, clock)
	}
	return clocks
}

// before compares vector clocks; numbers are padded to compare as text.
func before(a, b map[string]string) bool {
	for place, n := range a {
		if b[place] < n {
			return false
		}
	}
	return true
}

func TestPastIsCutToItsNewestEvents(t *testing.T) {
	rec := random(3, 0, 500)
	all, some := rec.Past(500, 0), rec.Past(500, 40)
	if len(some) != 40 || !reflect.DeepEqual(some, all[len(all)-40:]) {
		t.Errorf("%d events", len(some))
	}
}

func TestJSONReadsBack(t *testing.T) {
	var text bytes.Buffer
	if err := trace.JSON(&text, exchange().Events()); err != nil {
		t.Fatal(err)
	}
	back, err := trace.ReadJSON(bytes.NewReader(text.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := trace.JSON(&again, slices.Values(back)); err != nil || again.String() != text.String() {
		t.Errorf("%v\n%s", err, again.String())
	}
	for bad, want := range map[string]string{
		`{"id":1,"kind":"jump"}`:           "not a kind",
		`{"id":1,"kind":"send","cause":1}`: "do not come before it",
		"{\"id\":2,\"kind\":\"send\"}\n{\"id\":2,\"kind\":\"send\",\"place\":\"\"}": "line 2: event 2 does not follow",
	} {
		if _, err := trace.ReadJSON(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", bad, err, want)
		}
	}
}

func TestDescribeBoundsWhatItShows(t *testing.T) {
	for _, c := range []struct {
		detail any
		want   string
	}{
		{&ping{Term: 1, Data: []byte{0, 1, 2}}, "{Term:1 Data:0x000102}"},
		{&ping{Data: bytes.Repeat([]byte("z"), 100)}, `{Data:"zzzzzzzzzzzzzzzzzzzzzzzz"… 100 bytes}`},
		{&ping{Names: []string{"a", "b", "c", "d", "e", "f"}}, `{Names:["a" "b" "c" "d" … 2 more]}`},
		{[]slog.Attr{slog.Int("term", 3), slog.String("to", "b")}, "term=3 to=b"},
		{(*ping)(nil), "nil"},
		{map[int]int{1: 2}, "map of 1"},
	} {
		if got := trace.Describe(c.detail); got != c.want {
			t.Errorf("Describe(%#v) = %s, want %s", c.detail, got, c.want)
		}
	}
}

func TestACauseMustComeFirst(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an event caused by itself was recorded")
		}
	}()
	trace.NewRecorder(0).Record(trace.Event{Cause: 1})
}

func BenchmarkRecord(b *testing.B) {
	r := trace.NewRecorder(1 << 16)
	detail := &ping{Term: 1}
	b.ReportAllocs()
	for b.Loop() {
		r.Record(trace.Event{Kind: trace.Receive, Place: "a/raft", Peer: "b/raft", What: "AppendEntries", Detail: detail})
	}
}
