package trace

import (
	"container/heap"
	"iter"
	"slices"
)

// Past returns the event and what it depends on (its causal past), oldest
// first: the newest limit of them, or all if limit is zero. Ancestors that the
// Recorder no longer keeps are missing.
func (r *Recorder) Past(of ID, limit int) []Event {
	var past []Event
	queue, seen := idHeap{of}, map[ID]bool{of: true}
	for len(queue) > 0 && (limit == 0 || len(past) < limit) {
		e, kept := r.Event(heap.Pop(&queue).(ID))
		if !kept {
			continue
		}
		past = append(past, e)
		for _, parent := range []ID{e.Prev, e.Cause} {
			if parent != 0 && !seen[parent] {
				seen[parent] = true
				heap.Push(&queue, parent)
			}
		}
	}
	slices.Reverse(past) // the heap gave the newest first, and parents are older (I1)
	return past
}

// HappensBefore tells whether a is in the causal past of b, and not b itself.
func (r *Recorder) HappensBefore(a, b ID) bool {
	if a == 0 || a >= b {
		return false
	}
	stack, seen := []ID{b}, map[ID]bool{b: true}
	for len(stack) > 0 {
		e, _ := r.Event(stack[len(stack)-1])
		stack = stack[:len(stack)-1]
		for _, parent := range []ID{e.Prev, e.Cause} {
			if parent == a {
				return true
			}
			if parent > a && !seen[parent] { // smaller ones cannot lead to a (I1)
				seen[parent] = true
				stack = append(stack, parent)
			}
		}
	}
	return false
}

// Only narrows a sequence to events of some kinds.
func Only(events iter.Seq[Event], kinds ...Kind) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for e := range events {
			if slices.Contains(kinds, e.Kind) && !yield(e) {
				return
			}
		}
	}
}

// idHeap gives the largest ID first.
type idHeap []ID

func (h idHeap) Len() int           { return len(h) }
func (h idHeap) Less(i, j int) bool { return h[i] > h[j] }
func (h idHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *idHeap) Push(x any)        { *h = append(*h, x.(ID)) }
func (h *idHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
