package kv

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// recorder is a sink with room for so many batches.
type recorder struct {
	room      int
	got       []string // one entry a revision: "a=1 b!"
	last      Revision
	prev      string
	compacted Revision
	behind    int
}

func (r *recorder) Deliver(_ *Watcher, b Batch) bool {
	if r.room == 0 {
		return false
	}
	r.room--
	r.take(b)
	return true
}

func (r *recorder) Behind(*Watcher) { r.behind++ }

func (r *recorder) take(b Batch) {
	r.compacted = b.Compacted
	var now []string
	for i, e := range b.Events {
		if i > 0 && e.KV.ModRevision != b.Events[i-1].KV.ModRevision {
			r.got, now = append(r.got, strings.Join(now, " ")), nil
		}
		if e.KV.ModRevision < r.last {
			panic("events run backwards")
		}
		r.last = e.KV.ModRevision
		if e.Deleted {
			now = append(now, fmt.Sprintf("%s!", e.KV.Key))
		} else {
			now = append(now, fmt.Sprintf("%s=%s", e.KV.Key, e.KV.Value))
		}
		if r.prev = ""; e.HasPrev {
			r.prev = string(e.Prev.Value)
		}
	}
	if len(now) > 0 {
		r.got = append(r.got, strings.Join(now, " "))
	}
}

func (r *recorder) catchUp(w *Watcher) {
	for !w.InStep() && r.compacted == 0 {
		r.take(w.Pull())
	}
}

func prefixRange(p string) (key, end []byte) {
	end = []byte(p)
	end[len(end)-1]++
	return []byte(p), end
}

func TestAWatchFromThePastGetsHistoryAndThenTheNewWithoutGapOrTwice(t *testing.T) {
	s := New(Options{})
	for i := range 10 {
		s.must(t, put("k", fmt.Sprint(i)))
	}
	r := &recorder{room: 100}
	w := s.Watch(WatchRequest{Key: []byte("k"), Start: 5, PrevKV: true, Sink: r})
	s.must(t, put("k", "10")) // while it is behind
	if len(r.got) > 0 {
		t.Fatal("a watcher that is behind was served")
	}
	r.catchUp(w)
	s.must(t, put("k", "11"))
	if got := strings.Join(r.got, " "); got != "k=3 k=4 k=5 k=6 k=7 k=8 k=9 k=10 k=11" {
		t.Fatal(got)
	}
	if r.prev != "10" {
		t.Fatalf("previous value %q", r.prev)
	}
}

func TestAWatchFromTheFutureSkipsWhatComesBefore(t *testing.T) {
	s := New(Options{})
	r := &recorder{room: 100}
	s.Watch(WatchRequest{Key: []byte("k"), Start: 4, Sink: r})
	for i := range 4 {
		s.must(t, put("k", fmt.Sprint(i)))
	}
	if got := strings.Join(r.got, " "); got != "k=2 k=3" {
		t.Fatal(got)
	}
}

func TestAllKindsOfIntervalSeeTheirKeysAndNoOthers(t *testing.T) {
	s := New(Options{})
	watch := func(key, end string) *recorder {
		r := &recorder{room: 100}
		s.Watch(WatchRequest{Key: []byte(key), RangeEnd: []byte(end), Sink: r})
		return r
	}
	one, prefix, long, interval := watch("ab", ""), watch("a", "b"), watch("abc", "abd"), watch("aa", "abb")
	from, all, ff := watch("b", "\x00"), watch("\x00", "\x00"), watch("a\xff", "b")
	for _, key := range []string{"a", "ab", "abc", "abcd", "b", "a\xff1"} {
		s.must(t, put(key, ""))
	}
	s.must(t, remove("ab", "abd"))
	for _, c := range []struct {
		name string
		r    *recorder
		want string
	}{
		{"one key", one, "ab=|ab!"},
		{"prefix", prefix, "a=|ab=|abc=|abcd=|a\xff1=|ab! abc! abcd!"},
		{"longer prefix", long, "abc=|abcd=|abc! abcd!"},
		{"interval", interval, "ab=|ab!"},
		{"no end", from, "b="},
		{"all", all, "a=|ab=|abc=|abcd=|b=|a\xff1=|ab! abc! abcd!"},
		{"prefix that ends in ff", ff, "a\xff1="},
	} {
		if got := strings.Join(c.r.got, "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFiltersLeaveOutPutsOrDeletions(t *testing.T) {
	s := New(Options{})
	puts, deletions := &recorder{room: 9}, &recorder{room: 9}
	s.Watch(WatchRequest{Key: []byte("a"), RangeEnd: []byte("b"), NoDelete: true, Sink: puts})
	s.Watch(WatchRequest{Key: []byte("a"), RangeEnd: []byte("b"), NoPut: true, Sink: deletions})
	s.must(t, &Command{Txn: &Txn{Success: []Op{{Put: &Put{Key: []byte("a1")}}, {Put: &Put{Key: []byte("a2")}}}}})
	s.must(t, remove("a1", ""))
	if got := fmt.Sprint(puts.got, deletions.got); got != "[a1= a2=] [a1!]" {
		t.Fatal(got)
	}
}

func TestAWatcherThatDoesNotReadFallsBehindAndLosesNothing(t *testing.T) {
	s := New(Options{})
	r := &recorder{room: 3}
	w := s.Watch(WatchRequest{Key: []byte("k"), Sink: r})
	for i := range 10_000 {
		s.must(t, put("k", fmt.Sprint(i)))
	}
	if w.InStep() || len(r.got) != 3 || w.Progress() != 4 {
		t.Fatalf("in step %v after %d batches, progress %d", w.InStep(), len(r.got), w.Progress())
	}
	r.room = 3
	r.catchUp(w)
	if len(r.got) != 10_000 || !w.InStep() {
		t.Fatalf("%d batches", len(r.got))
	}
}

func TestAWatchEndsWhenItsHistoryIsCompacted(t *testing.T) {
	s := New(Options{})
	r := &recorder{}
	w := s.Watch(WatchRequest{Key: []byte("k"), Sink: r})
	for i := range 9 {
		s.must(t, put("k", fmt.Sprint(i)))
	}
	s.must(t, compact(6))
	if b := w.Pull(); b.Compacted != 6 {
		t.Fatalf("%+v", b)
	}
	if n := s.Query(GetStatus{}).(*Status).Watchers; n != 0 {
		t.Fatalf("%d watchers are left", n)
	}
	from := &recorder{}
	w = s.Watch(WatchRequest{Key: []byte("k"), Start: 6, Sink: from}) // the compacted revision itself
	if from.catchUp(w); strings.Join(from.got, " ") != "k=4 k=5 k=6 k=7 k=8" {
		t.Fatal(from.got)
	}
}

func TestADeletionAtTheCompactedRevisionIsStillSeen(t *testing.T) {
	s := New(Options{})
	s.must(t, put("k", ""))
	s.must(t, remove("k", ""))
	s.must(t, compact(3))
	for range 5 {
		s.do(t, compact(0))
	}
	r := &recorder{}
	r.catchUp(s.Watch(WatchRequest{Key: []byte("k"), Start: 3, Sink: r}))
	if strings.Join(r.got, " ") != "k!" {
		t.Fatal(r.got)
	}
}

func TestWatchesGoOnAcrossARestore(t *testing.T) {
	ahead, s := New(Options{}), New(Options{})
	r := &recorder{room: 100}
	w := s.Watch(WatchRequest{Key: []byte("k"), Sink: r})
	for i := range 10 {
		ahead.must(t, put("k", fmt.Sprint(i)))
		if i < 4 {
			s.must(t, put("k", fmt.Sprint(i)))
		}
	}
	var snapshot bytes.Buffer
	ahead.Capture().WriteTo(&snapshot)
	if err := s.Restore(&snapshot); err != nil {
		t.Fatal(err)
	}
	if r.behind != 1 {
		t.Fatal("nobody said that the watcher fell behind")
	}
	r.catchUp(w)
	s.must(t, put("k", "10"))
	if len(r.got) != 11 || !slices.IsSorted(r.got[:10]) {
		t.Fatal(r.got)
	}
}

func TestCancelledWatchersLeaveNothingBehind(t *testing.T) {
	s := New(Options{})
	var watchers []*Watcher
	for i := range 300 {
		key, end := prefixRange(strings.Repeat("x", 1+i%7))
		switch i % 3 {
		case 0:
			end = nil
		case 1:
			end = []byte("zz")
		}
		watchers = append(watchers, s.Watch(WatchRequest{Key: key, RangeEnd: end, Sink: &recorder{}}))
	}
	for i := range watchers {
		watchers[(i*37)%300].Cancel()
		watchers[(i*37)%300].Cancel()
	}
	h := &s.hub
	if h.count+len(h.keys)+len(h.prefixes)+len(h.lengths)+len(h.others)+len(h.all) != 0 {
		t.Fatalf("%+v", h)
	}
}

func TestARevisionIsNeverSpreadOverTwoBatches(t *testing.T) {
	s := New(Options{})
	const keys = 3000
	for i := range keys {
		s.must(t, put(fmt.Sprintf("k%05d", i), ""))
	}
	s.must(t, remove("k", "l")) // one revision, which the limit of a Pull falls into
	s.must(t, put("k", "last"))
	w := s.Watch(WatchRequest{Key: []byte("k"), RangeEnd: []byte("l"), Start: 1, Sink: &recorder{}})
	last, events := Revision(0), 0
	for !w.InStep() {
		b := w.Pull()
		events += len(b.Events)
		if len(b.Events) > 0 && b.Events[0].KV.ModRevision <= last {
			t.Fatalf("revision %d comes in two batches", last)
		}
		last = b.Revision
	}
	if events != 2*keys+1 {
		t.Fatalf("%d events", events)
	}
}
