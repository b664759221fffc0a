package raft

import "testing"

// Ends come back in their order, however many wait, and take no more room than
// those that do.
func TestEndsOfTheLogAreAwaitedInOrder(t *testing.T) {
	var w writing
	pushed, popped := Index(0), Index(0)
	for round := range 2000 {
		for range 1 + round%3 {
			pushed++
			w.push(pushed)
		}
		for range min(2, pushed-popped) {
			if popped++; w.pop() != popped {
				t.Fatalf("not %d", popped)
			}
		}
		if waiting := int(pushed - popped); len(w.ends) > 2*waiting+66 {
			t.Fatalf("%d ends are kept for %d that wait", len(w.ends), waiting)
		}
	}
	for popped < pushed {
		if popped++; w.pop() != popped {
			t.Fatalf("not %d", popped)
		}
	}
	if len(w.ends) != 0 || w.first != 0 {
		t.Errorf("%d ends are left", len(w.ends))
	}
}
