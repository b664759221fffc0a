package dotted_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/order/dotted"
)

// Two clients read the same and write at one replica: both values stay, until
// somebody has read both.
func Example() {
	const here = 1
	var cart dotted.Set[string]
	cart.Event(nil, here, "milk")
	seen := cart.AppendContext(nil)
	cart.Event(seen, here, "milk, bread")
	cart.Event(seen, here, "milk, eggs")
	fmt.Println(slices.Collect(cart.Values()))

	cart.Event(cart.AppendContext(nil), here, "milk, bread, eggs")
	fmt.Println(slices.Collect(cart.Values()))
	// Output:
	// [milk, eggs milk, bread]
	// [milk, bread, eggs]
}

// history is what is really known: every write with all that its client had seen.
type history map[int]map[int]bool

// live returns the writes that no known write's client had seen.
func (h history) live() (all []int) {
	for w := range h {
		overwritten := false
		for _, seen := range h {
			overwritten = overwritten || seen[w]
		}
		if !overwritten {
			all = append(all, w)
		}
	}
	slices.Sort(all)
	return all
}

// replica is one with both, and what a client has read there.
type replica struct {
	set     dotted.Set[int]
	history history
	context dotted.Context
	seen    map[int]bool
}

func (r *replica) read() {
	r.context = r.set.AppendContext(nil)
	r.seen = map[int]bool{}
	for w := range r.history {
		r.seen[w] = true
	}
}

// TestASetHoldsWhatHistoriesSay: random writes with contexts that were read some
// time ago, here or elsewhere, and random exchanges.
func TestASetHoldsWhatHistoriesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := make([]*replica, rapid.IntRange(1, 4).Draw(t, "replicas"))
		for i := range all {
			all[i] = &replica{history: history{}}
		}
		one := rapid.SampledFrom(all)
		for write := range rapid.IntRange(1, 30).Draw(t, "steps") {
			a, b := one.Draw(t, "one"), one.Draw(t, "other")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				a.read()
			case 1:
				maps.Copy(a.history, b.history)
				a.set.Sync(&b.set)
			default: // a client that has read at b writes at a
				known := history{write: b.seen}
				for w := range b.seen {
					known[w] = all[0].anywhere(all, w)
				}
				maps.Copy(a.history, known)
				a.set.Event(b.context, dotted.Replica(slices.Index(all, a)), write)
			}
			if !a.set.Valid() {
				t.Fatalf("not valid: %+v", a.set)
			}
			if got, want := slices.Sorted(a.set.Values()), a.history.live(); !slices.Equal(got, want) {
				t.Fatalf("step %d: the set holds %v, histories say %v\n%+v", write, got, want, a.set)
			}
		}
	})
}

// anywhere returns what the client of a write had seen.
func (*replica) anywhere(all []*replica, write int) map[int]bool {
	for _, r := range all {
		if seen, ok := r.history[write]; ok {
			return seen
		}
	}
	panic("a write that nobody knows")
}

// sets draws sets that replicas of one system may hold.
func sets(t *rapid.T) []dotted.Set[int] {
	all := make([]dotted.Set[int], 3)
	for write := range rapid.IntRange(0, 20).Draw(t, "steps") {
		a := rapid.IntRange(0, len(all)-1).Draw(t, "at")
		if b := rapid.IntRange(0, len(all)-1).Draw(t, "from"); a != b {
			all[a].Sync(&all[b])
			continue
		}
		var c dotted.Context
		if rapid.Bool().Draw(t, "seen") {
			c = all[a].AppendContext(nil)
		}
		all[a].Event(c, dotted.Replica(a), write)
	}
	return all
}

// TestSyncIsALeastUpperBound: the order and the number of exchanges do not matter.
func TestSyncIsALeastUpperBound(t *testing.T) {
	join := func(all ...dotted.Set[int]) string {
		var s dotted.Set[int]
		for i := range all {
			s.Sync(&all[i])
		}
		return fmt.Sprint(s)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := sets(t)
		a, b, c := s[0], s[1], s[2]
		want := join(a, b, c)
		for _, got := range []string{join(c, a, b), join(b, c, a), join(a, b, c, a, b), join(c, b, a)} {
			if got != want {
				t.Fatalf("%s in one order, %s in another", want, got)
			}
		}
		var all dotted.Set[int]
		for i := range s {
			all.Sync(&s[i])
		}
		for i := range s {
			if !all.Covers(&s[i]) {
				t.Fatalf("%v does not cover %v", all, s[i])
			}
		}
	})
}

// TestWhatIsReadMayBeOverwritten: a client that read all leaves one value.
func TestWhatIsReadMayBeOverwritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sets(t)[0]
		c := s.AppendContext(nil)
		if !c.Valid() || !c.Covers(c) {
			t.Fatalf("context %v", c)
		}
		s.Event(c, 9, 100)
		if got := slices.Collect(s.Values()); !slices.Equal(got, []int{100}) {
			t.Fatalf("after all was read and overwritten: %v", got)
		}
	})
}

// TestAClonesFateIsItsOwn: and what strangers send is looked at.
func TestAClonesFateIsItsOwn(t *testing.T) {
	var s dotted.Set[string]
	s.Event(nil, 2, "a")
	s.Event(nil, 2, "b")
	c := s.Clone()
	s.Event(s.AppendContext(nil), 2, "c")
	if got := slices.Collect(c.Values()); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("the clone holds %v", got)
	}
	for _, bad := range [][]dotted.Entry[string]{
		{{Replica: 1, Events: 1, Live: []string{"a", "b"}}}, // two values of one event
		{{Replica: 2, Events: 1}, {Replica: 1, Events: 1}},
		{{Replica: 1, Events: 1}, {Replica: 1, Events: 2}},
	} {
		if (&dotted.Set[string]{Entries: bad}).Valid() {
			t.Errorf("%v is called valid", bad)
		}
	}
	if (dotted.Context{{2, 1}, {1, 1}}).Valid() || !(dotted.Context{{1, 1}, {2, 0}}).Covers(nil) {
		t.Error("contexts")
	}
	if (dotted.Context{{1, 1}}).Covers(dotted.Context{{1, 2}}) {
		t.Error("one event covers two")
	}
}

// TestExchangesAllocateNothing once there is room.
func TestExchangesAllocateNothing(t *testing.T) {
	var a, b dotted.Set[int]
	for i := range 8 {
		a.Event(nil, dotted.Replica(i%3), i)
		b.Event(nil, dotted.Replica(3+i%3), i)
	}
	a.Sync(&b)
	b.Sync(&a)
	context := make(dotted.Context, 0, 6)
	allocations := testing.AllocsPerRun(100, func() {
		a.Sync(&b)
		if context = a.AppendContext(context[:0]); !a.Covers(&b) || a.Len() != 16 {
			t.Error("something is missing")
		}
		b.Discard(context[:0])
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
