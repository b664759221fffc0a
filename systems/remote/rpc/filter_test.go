package rpc

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/node"
)

// Whatever copies of whatever calls arrive in whatever order, with whatever
// marks of the past, none begins twice, and repeats get the first answer.
func TestNoCallBeginsTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFilter(4, 64)
		begun := map[XID]bool{}
		replies := map[XID]*Reply{}
		marks := map[node.Addr]uint64{}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			client := node.Addr(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "client"))
			id := XID{client, rapid.Uint64Range(1, 30).Draw(t, "number")}
			mark := rapid.Uint64Range(0, id.Number-1).Draw(t, "mark")
			marks[client] = max(marks[client], mark)
			switch v, reply := f.admit("caller", &Request{ID: id, Mark: mark}); v {
			case begin:
				if begun[id] {
					t.Fatalf("%v begins a second time", id)
				}
				begun[id] = true
				f.start(id)
			case repeat:
				if reply != replies[id] {
					t.Fatalf("%v is answered %v, was answered %v", id, reply, replies[id])
				}
			case stale:
				if id.Number > marks[client] {
					t.Fatalf("%v is stale, and the mark is %d", id, marks[client])
				}
			case hold:
				if !begun[id] || replies[id] != nil {
					t.Fatalf("%v is held", id)
				}
			case full:
				t.Fatalf("full with %d calls", len(f.clients[client].calls))
			}
			if begun[id] && replies[id] == nil && rapid.Bool().Draw(t, "finish") {
				replies[id] = &Reply{ID: id}
				f.finish(replies[id])
			}
			checkTable(t, f.clients[client])
		}
	})
}

// checkTable makes sure that what a mark covers is forgotten, and nothing else
// is kept.
func checkTable(t *rapid.T, tab *table) {
	if len(tab.numbers) != len(tab.calls) {
		t.Fatalf("%d numbers, %d calls", len(tab.numbers), len(tab.calls))
	}
	for _, n := range tab.numbers {
		if n <= tab.mark || tab.calls[n] == nil {
			t.Fatalf("call %d is in the table, the mark is %d", n, tab.mark)
		}
	}
}

// A checkpoint of the tables judges like the tables.
func TestTablesSurviveACheckpoint(t *testing.T) {
	f := newFilter(4, 64)
	for n := uint64(1); n <= 6; n++ {
		id := XID{"a", n}
		f.admit("x", &Request{ID: id, Mark: n / 3})
		f.start(id)
		if n != 4 {
			f.finish(&Reply{ID: id, Status: OK})
		}
	}
	g := newFilter(4, 64)
	g.restore(f.state())
	for n := uint64(1); n <= 7; n++ {
		v, _ := f.admit("y", &Request{ID: XID{"a", n}})
		if w, _ := g.admit("y", &Request{ID: XID{"a", n}}); v != w {
			t.Errorf("call %d: %d before, %d after", n, v, w)
		}
	}
}

// Calls that are through fill the table while the oldest one was not heard of. It
// finds room; others do not until it is over.
func TestTheOldestCallFindsRoom(t *testing.T) {
	f := newFilter(4, 3)
	for n := uint64(2); n <= 4; n++ {
		f.admit("x", &Request{ID: XID{"a", n}})
		f.start(XID{"a", n})
		f.finish(&Reply{ID: XID{"a", n}, Status: OK})
	}
	if v, _ := f.admit("x", &Request{ID: XID{"a", 5}}); v != full {
		t.Fatalf("a fourth call: %d, want %d", v, full)
	}
	if v, _ := f.admit("x", &Request{ID: XID{"a", 1}}); v != begin {
		t.Fatalf("the oldest call: %d, want %d", v, begin)
	}
	f.start(XID{"a", 1})
	f.finish(&Reply{ID: XID{"a", 1}, Status: OK})
	if v, _ := f.admit("x", &Request{ID: XID{"a", 5}, Mark: 4}); v != begin {
		t.Fatalf("once the client has all replies: %d, want %d", v, begin)
	}
}

// A client that is over leaves nothing behind, but not while a call of it runs.
func TestAClientIsForgottenOnceNothingRuns(t *testing.T) {
	f := newFilter(1, 64)
	f.admit("x", &Request{ID: XID{"a", 1}})
	f.start(XID{"a", 1})
	if f.forget("a") || f.forget("b") || f.forget("") {
		t.Error("a client is forgotten whose call runs, or that there is not")
	}
	f.finish(&Reply{ID: XID{"a", 1}, Status: OK})
	if v, _ := f.admit("x", &Request{ID: XID{"b", 1}}); v != full {
		t.Errorf("a second client: %d", v)
	}
	if !f.forget("a") || len(f.clients) != 0 {
		t.Errorf("%d clients are left", len(f.clients))
	}
	if v, _ := f.admit("x", &Request{ID: XID{"b", 1}}); v != begin {
		t.Errorf("a second client in its place: %d", v)
	}
}
