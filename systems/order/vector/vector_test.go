package vector_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/order/vector"
)

// p posts, q reads and replies; r, who heard of neither, is concurrent to both.
func Example() {
	p, q, r := vector.New(3), vector.New(3), vector.New(3)
	p.Tick(0)
	post := p.Clone()
	q.Receive(1, post)
	q.Tick(1)
	reply := q.Clone()
	r.Tick(2)
	fmt.Println(post, reply, r)
	fmt.Println(post.Compare(reply), reply.Compare(post), reply.Compare(r))
	// Output:
	// [1 0 0] [1 2 0] [0 0 1]
	// before after concurrent
}

var clock = rapid.Custom(func(t *rapid.T) vector.Clock {
	return rapid.SliceOfN(rapid.Uint64Range(0, 2), 0, 4).Draw(t, "clock")
})

// A strict partial order, in which exactly one of four cases holds.
func TestCompareIsAPartialOrder(t *testing.T) {
	mirror := map[vector.Order]vector.Order{
		vector.Equal: vector.Equal, vector.Before: vector.After,
		vector.After: vector.Before, vector.Concurrent: vector.Concurrent,
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := clock.Draw(t, "a"), clock.Draw(t, "b"), clock.Draw(t, "c")
		if got, back := a.Compare(b), b.Compare(a); mirror[got] != back {
			t.Fatalf("%v is %v %v, which is %v it", a, got, b, back)
		}
		if a.Before(b) && b.Before(c) && !a.Before(c) {
			t.Fatalf("%v < %v < %v is not transitive", a, b, c)
		}
		if a.Compare(a) != vector.Equal || a.Compare(append(a.Clone(), 0)) != vector.Equal {
			t.Fatalf("%v is not equal to itself, or to itself with a zero more", a)
		}
	})
}

// Merge is the least upper bound, for clocks of one length.
func TestMergeIsTheLeastUpperBound(t *testing.T) {
	full := rapid.SliceOfN(rapid.Uint64Range(0, 3), 4, 4)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := vector.Clock(full.Draw(t, "a")), vector.Clock(full.Draw(t, "b")), vector.Clock(full.Draw(t, "c"))
		atMost := func(x, y vector.Clock) bool { return x.Before(y) || x.Compare(y) == vector.Equal }
		m := a.Clone()
		m.Merge(b)
		if !atMost(a, m) || !atMost(b, m) {
			t.Fatalf("%v does not cover %v and %v", m, a, b)
		}
		if atMost(a, c) && atMost(b, c) && !atMost(m, c) {
			t.Fatalf("%v covers %v and %v, and %v is not below it", c, a, b, m)
		}
	})
}

func TestClocksAllocateNothing(t *testing.T) {
	a, b := vector.New(16), vector.New(16)
	if n := testing.AllocsPerRun(100, func() { b.Tick(1); a.Receive(0, b); _ = a.Compare(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkClock(b *testing.B) {
	for _, n := range []int{3, 16, 128} {
		b.Run(fmt.Sprintf("processes=%d", n), func(b *testing.B) {
			p, q := vector.New(n), vector.New(n)
			for b.Loop() {
				q.Tick(1)
				p.Receive(0, q)
				_ = p.Compare(q)
			}
		})
	}
}
