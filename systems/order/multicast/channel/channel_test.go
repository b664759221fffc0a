package channel

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// I1 and I2 for any schedule of arrivals, duplicates, refusals and restarts of
// the sender; I3 once everything in flight arrives.
func TestAReceiverHandsOnOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fifo := rapid.Bool().Draw(t, "fifo")
		window := rapid.IntRange(1, 8).Draw(t, "window")
		s := Sender{window: window}
		r := Receiver{next: 1, fifo: fifo, window: window}
		n := rapid.IntRange(1, 30).Draw(t, "messages")
		for range n {
			s.add(&Got{})
		}
		var got []Seq
		refuse := false
		take := func(d *Data) bool {
			if refuse {
				return false
			}
			if slices.Contains(got, d.Seq) {
				t.Fatalf("message %d is handed on twice", d.Seq)
			}
			if fifo && int(d.Seq) != len(got)+1 {
				t.Fatalf("message %d is handed on as number %d", d.Seq, len(got)+1)
			}
			got = append(got, d.Seq)
			return true
		}
		for range rapid.IntRange(0, 200).Draw(t, "arrivals") {
			flight := s.inFlight()
			if len(flight) == 0 {
				break
			}
			refuse = rapid.IntRange(0, 4).Draw(t, "refused") == 0
			r.accept(flight[rapid.IntRange(0, len(flight)-1).Draw(t, "which")], take)
			if rapid.Bool().Draw(t, "confirmed") {
				s.got(r.next)
			}
		}
		refuse = false
		for len(s.queue) > 0 {
			for _, d := range s.inFlight() {
				r.accept(d, take)
			}
			before := len(s.queue)
			if s.got(r.next); len(s.queue) == before {
				t.Fatalf("stuck with %d messages open, %d handed on", before, len(got))
			}
		}
		if len(got) != n {
			t.Fatalf("%d of %d messages were handed on", len(got), n)
		}
	})
}

// What the window held back leaves when it opens, each message once.
func TestTheWindowBoundsWhatIsOnItsWay(t *testing.T) {
	s := Sender{window: 2}
	for i := range 5 {
		if _, leaves := s.add(&Got{}); leaves != (i < 2) {
			t.Errorf("message %d leaves: %v", i+1, leaves)
		}
	}
	if left := s.got(2); len(left) != 1 || left[0].Seq != 3 {
		t.Errorf("after a confirmation of 1, %v leave", left)
	}
	if left := s.got(9); len(left) != 0 || len(s.queue) != 0 {
		t.Errorf("after a confirmation of all, %v leave", left)
	}
}
