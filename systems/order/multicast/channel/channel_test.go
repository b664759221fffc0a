package channel

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// I1 and I2 for any schedule of arrivals, duplicates, refusals, restarts of the sender,
// and messages that came in another way; I3 once everything in flight arrives.
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
		elsewhere := Seq(0) // the receiver's owner has all up to it
		refuse := false
		take := func(d *Data) bool {
			if refuse {
				return false
			}
			if slices.Contains(got, d.Seq) {
				t.Fatalf("message %d is handed on twice", d.Seq)
			}
			if last := max(elsewhere, slices.Max(append(got, 0))); fifo && d.Seq > last+1 {
				t.Fatalf("message %d is handed on after %d", d.Seq, last)
			}
			if last := slices.Max(append(got, 0)); fifo && d.Seq <= last {
				t.Fatalf("message %d is handed on after %d", d.Seq, last)
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
			if rapid.IntRange(0, 9).Draw(t, "came elsewhere") == 0 {
				elsewhere = Seq(rapid.IntRange(int(elsewhere), n).Draw(t, "up to"))
				s.forget(elsewhere + 1)
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
		for seq := elsewhere + 1; int(seq) <= n; seq++ {
			if !slices.Contains(got, seq) {
				t.Fatalf("message %d of %d was not handed on, %d came elsewhere", seq, n, elsewhere)
			}
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
