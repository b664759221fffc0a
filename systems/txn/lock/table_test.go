package lock

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// opposed is the table of modes of doc.go, written down once more.
var opposed = []string{
	IntentShared: "X", IntentExclusive: "S U SIX X", Shared: "IX SIX X", Update: "IS IX S U SIX X",
	SharedIntentExclusive: "IX S U SIX X", Exclusive: "IS IX S U SIX X",
}

func TestModesAreThoseOfTheTable(t *testing.T) {
	for held := IntentShared; held <= Exclusive; held++ {
		for asked := IntentShared; asked <= Exclusive; asked++ {
			admits := true
			var word string
			for rest := opposed[held]; rest != ""; {
				n, _ := fmt.Sscan(rest, &word)
				if n == 0 {
					break
				}
				admits = admits && word != asked.String()
				rest = rest[min(len(rest), len(word)+1):]
			}
			if held.Admits(asked) != admits {
				t.Errorf("%v held, %v asked: %v, want %v", held, asked, !admits, admits)
			}
		}
	}
}

// A join must deny whatever one of its parts denies, and cover both.
func TestJoinIsAsStrongAsBoth(t *testing.T) {
	for a := IntentShared; a <= Exclusive; a++ {
		for b := IntentShared; b <= Exclusive; b++ {
			j := a.Join(b)
			if !j.Covers(a) || !j.Covers(b) || j != b.Join(a) {
				t.Errorf("join of %v and %v is %v", a, b, j)
			}
			for m := IntentShared; m <= Exclusive; m++ {
				if j.Admits(m) && !(a.Admits(m) && b.Admits(m)) {
					t.Errorf("%v admits %v, and one of %v and %v does not", j, m, a, b)
				}
			}
		}
	}
}

// universe is all keys that tests use; resources are compared as sets of them.
var universe = []string{"", "a", "b", "c", "d"}

func (r Resource) members() (s [5]bool) {
	for i, k := range universe {
		s[i] = r.kind == key && r.from == k || r.kind == span && r.contains(k)
	}
	return s
}

func drawResource(t *rapid.T) Resource {
	k := rapid.SampledFrom(universe)
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return Database()
	case 1, 2, 3:
		return Key([]byte(k.Draw(t, "key")))
	}
	r := scheme.Range{From: []byte(k.Draw(t, "from")), To: []byte(k.Draw(t, "to"))}
	if rapid.Bool().Draw(t, "open") {
		r.To = nil
	}
	return Range(r)
}

func TestResourcesAreSetsOfKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, s := drawResource(t), drawResource(t)
		if r.kind == database || s.kind == database {
			return
		}
		overlap, within := false, true
		a, b := r.members(), s.members()
		for i := range universe {
			overlap = overlap || a[i] && b[i]
			within = within && (!a[i] || b[i])
		}
		if overlap && !r.Overlaps(s) || r.Overlaps(s) != s.Overlaps(r) {
			t.Fatalf("%v and %v overlap: %v, %v", r, s, r.Overlaps(s), s.Overlaps(r))
		}
		if r.within(s) && !within {
			t.Fatalf("%v counts as within %v", r, s)
		}
		if r.kind == span && s.kind == span && r.touches(s) && !r.empty() && !s.empty() {
			u := r.union(s).members()
			for i := range universe {
				if u[i] != (a[i] || b[i]) {
					t.Fatalf("the union of %v and %v is %v", r, s, r.union(s))
				}
			}
		}
	})
}

// world is a table and transactions that use it as they like.
type world struct {
	t    *Table
	live []scheme.ID
	next scheme.ID
	age  uint64
}

// invariants checks L1, L2 and L3 by looking at every pair of owners.
func (w *world) invariants(t *rapid.T) {
	waits := map[scheme.ID][]scheme.ID{}
	for _, id := range w.live {
		o := w.t.owners[id]
		for _, other := range w.live {
			p := w.t.owners[other]
			if o == p {
				continue
			}
			for _, g := range o.held {
				for _, h := range p.held {
					if g.resource.Overlaps(h.resource) && !g.mode.Admits(h.mode) && !h.mode.Admits(g.mode) {
						t.Fatalf("L1: %d holds %v %v and %d %v %v", id, g.mode, g.resource, other, h.mode, h.resource)
					}
				}
			}
			if o.waiting != nil && waitsFor(o.waiting, p) {
				waits[id] = append(waits[id], other)
			}
		}
		if o.waiting != nil && len(waits[id]) == 0 {
			t.Fatalf("L2: %d waits for %v %v, and nobody is in its way", id, o.waiting.mode, o.waiting.resource)
		}
	}
	for _, id := range w.live {
		if reaches(waits, id, id, map[scheme.ID]bool{}) {
			t.Fatalf("L3: a cycle through %d in %v", id, waits)
		}
	}
}

// waitsFor tells whether a request has to wait for an owner.
func waitsFor(q *request, p *owner) bool {
	for _, h := range p.held {
		if h.resource.Overlaps(q.resource) && !h.mode.Admits(q.mode) {
			return true
		}
	}
	r := p.waiting
	return r != nil && r.ahead(q) < 0 && r.resource.Overlaps(q.resource) &&
		(!r.mode.Admits(q.mode) || !q.mode.Admits(r.mode))
}

func reaches(waits map[scheme.ID][]scheme.ID, from, to scheme.ID, seen map[scheme.ID]bool) bool {
	for _, n := range waits[from] {
		if n == to || !seen[n] {
			seen[n] = true
			if n == to || reaches(waits, n, to, seen) {
				return true
			}
		}
	}
	return false
}

func (w *world) begin() {
	w.next++
	w.age++
	w.t.Begin(w.next, w.age)
	w.live = append(w.live, w.next)
}

func (w *world) end(i int) {
	w.t.End(w.live[i])
	w.live = append(w.live[:i:i], w.live[i+1:]...)
}

func (w *world) step(t *rapid.T) {
	if len(w.live) == 0 || len(w.live) < 5 && rapid.IntRange(0, 3).Draw(t, "begin") == 0 {
		w.begin()
		return
	}
	i := rapid.IntRange(0, len(w.live)-1).Draw(t, "who")
	o := w.t.owners[w.live[i]]
	if o.waiting != nil && rapid.IntRange(0, 3).Draw(t, "patient") > 0 {
		return
	}
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		w.end(i)
	case 1:
		if len(o.held) > 0 && o.waiting == nil {
			w.t.Release(o.id, o.held[0].resource)
		}
	default:
		w.acquire(t, o)
	}
}

func (w *world) acquire(t *rapid.T, o *owner) {
	r, m := drawResource(t), Mode(rapid.IntRange(int(IntentShared), int(Exclusive)).Draw(t, "mode"))
	before := w.t.stats
	_, enough, _ := holding(w.t.near(r, nil, nil), o, r, m)
	ask := w.t.Acquire
	if r.kind == key && rapid.Bool().Draw(t, "item at hand") {
		ask = func(scheme.ID, Resource, Mode) error { return w.t.askKey(o, []byte(r.from), m) }
	}
	err := ask(o.id, r, m)
	var abort *scheme.Abort
	switch ticket, waits := scheme.Waiting(err); {
	case waits && (o.waiting == nil || ticket != o.waiting.ticket):
		t.Fatalf("%d waits with a ticket that is not its request's", o.id)
	case errors.As(err, &abort):
		w.end(indexOf(w.live, o.id))
	case errors.Is(err, ErrTwoPhase) != (o.shrinking && !enough):
		t.Fatalf("L4: %d, shrinking %v: %v", o.id, o.shrinking, err)
	case err == nil && o.shrinking && !enough:
		t.Fatalf("L4: %d has released, and got %v", o.id, r)
	}
	aborted := w.t.stats.Aborted - before.Aborted
	if w.t.options.Policy == Detect && aborted != w.t.stats.Cycles-before.Cycles {
		t.Fatalf("L5: %d aborted, %d cycles", aborted, w.t.stats.Cycles-before.Cycles)
	}
}

func indexOf(ids []scheme.ID, id scheme.ID) int {
	for i, x := range ids {
		if x == id {
			return i
		}
	}
	return -1
}

func TestInvariantsHoldWhateverIsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: New(Options{Policy: rapid.SampledFrom(Policies()).Draw(t, "policy")})}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.step(t)
			w.invariants(t)
		}
		w.drain(t)
	})
}

// drain ends whoever does not wait, until nobody is left: everybody gets what it
// waits for, or is aborted.
func (w *world) drain(t *rapid.T) {
	for len(w.live) > 0 {
		i := 0
		for i < len(w.live) && w.t.owners[w.live[i]].waiting != nil {
			i++
		}
		if i == len(w.live) {
			t.Fatalf("%d transactions wait for each other", i)
		}
		w.end(i)
		w.invariants(t)
	}
	if w.t.keys.Len() > 0 || len(w.t.ranges.held)+len(w.t.database.held)+w.t.locks+w.t.waiting > 0 {
		t.Fatalf("after all have ended, %d locks and %d requests are left", w.t.locks, w.t.waiting)
	}
}

func TestReadersDoNotOvertakeAWriter(t *testing.T) {
	table, k := New(Options{}), Key([]byte("k"))
	for id := range scheme.ID(4) {
		table.Begin(id+1, uint64(id))
	}
	must(t, table.Acquire(1, k, Shared))
	writer := waits(t, table.Acquire(2, k, Exclusive))
	waits(t, table.Acquire(3, k, Shared))
	table.End(1)
	if !writer.Fired() {
		t.Fatal("the writer still waits")
	}
	must(t, table.Acquire(2, k, Exclusive))
	waits(t, table.Acquire(3, k, Shared))
}

// An upgrade goes ahead of who waits for the lock that is upgraded.
func TestAnUpgradeDoesNotWaitForWhoWaitsForIt(t *testing.T) {
	table, k := New(Options{}), Key([]byte("k"))
	for id := range scheme.ID(3) {
		table.Begin(id+1, uint64(id))
	}
	must(t, table.Acquire(1, k, Shared))
	must(t, table.Acquire(2, k, Shared))
	waits(t, table.Acquire(3, k, Exclusive))
	upgrade := waits(t, table.Acquire(1, k, Exclusive))
	table.End(2)
	if !upgrade.Fired() {
		t.Fatal("the upgrade still waits")
	}
}

// Who is behind a range that is granted goes on, also where nothing else has gone.
func TestWhoIsBehindARangeGoesOnWithIt(t *testing.T) {
	table := New(Options{})
	for id := range scheme.ID(3) {
		table.Begin(id+1, uint64(id))
	}
	must(t, table.Acquire(1, Key([]byte("a")), Exclusive))
	scan := waits(t, table.Acquire(2, Range(scheme.Range{}), Shared))
	behind := waits(t, table.Acquire(3, Key([]byte("b")), Update))
	table.End(1)
	if !scan.Fired() || !behind.Fired() {
		t.Fatalf("the range is granted: %v, and what is behind it: %v", scan.Fired(), behind.Fired())
	}
}

func TestBoundsAbort(t *testing.T) {
	table := New(Options{Locks: 1, Waiting: 1})
	for id := range scheme.ID(3) {
		table.Begin(id+1, uint64(id))
	}
	must(t, table.Acquire(1, Key([]byte("a")), Exclusive))
	waits(t, table.Acquire(2, Key([]byte("a")), Shared))
	var abort *scheme.Abort
	if err := table.Acquire(3, Key([]byte("a")), Shared); !errors.As(err, &abort) {
		t.Fatalf("a second waits: %v", err)
	}
	if err := table.Acquire(1, Key([]byte("b")), Shared); !errors.As(err, &abort) {
		t.Fatalf("a second lock is held: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func waits(t *testing.T, err error) *scheme.Ticket {
	t.Helper()
	ticket, ok := scheme.Waiting(err)
	if !ok {
		t.Fatalf("does not wait: %v", err)
	}
	return ticket
}
