package rsm

import "testing"

// What was dropped is not kept: a queue takes room for what it holds, however much has
// gone through it, one by one or all at once.
func TestADequeDoesNotGrowByWhatItDropped(t *testing.T) {
	const held, through = 10, 10_000
	for _, left := range []int{held, 0} { // of a queue that has more than it may hold
		var d deque[int]
		first := 0
		for i := range through {
			d.push(i)
			if d.len() > held {
				first += d.len() - left
				d.drop(d.len() - left)
			}
			if d.len() != i+1-first || d.len() > 0 && *d.at(0) != first {
				t.Fatalf("after %d, the first is %d: it holds %v", i, first, d.all())
			}
		}
		if len(d.room) > 3*held || cap(d.room) > 8*held {
			t.Errorf("%d elements take room for %d, of %d", d.len(), len(d.room), cap(d.room))
		}
	}
}
