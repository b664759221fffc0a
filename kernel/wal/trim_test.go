package wal_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
)

// A checkpoint is appended and what it replaces trimmed in one go. Whatever a
// crash leaves of it, one of the two is there: also if the checkpoint missed
// the batch that was just sealed.
func TestTrimDoesNotOvertakeWhatWasAppendedBefore(t *testing.T) {
	for _, filler := range []int{0, 400, 900} {
		for batches := range 4 {
			d := disk.NewFaulty()
			w := open(t, d, small)
			s, other := w.Stream("state"), w.Stream("other")
			s.Append([]byte("old"))
			_, err := w.Commit()
			must(t, err)
			other.Append(make([]byte, filler))
			checkpoint := "new" + strings.Repeat(".", 600)
			s.Trim(s.Append([]byte(checkpoint)))
			other.Append(make([]byte, filler))
			for range batches {
				_, err := w.WriteBatch()
				must(t, err)
				_, err = w.Sync()
				must(t, err)
			}
			d.Crash(rand.New(rand.NewPCG(uint64(filler), uint64(batches))))
			got := texts(open(t, d, small).Stream("state"))
			if !slices.Equal(got, []string{"old"}) && !slices.Equal(got, []string{checkpoint}) && !slices.Equal(got, []string{"old", checkpoint}) {
				t.Errorf("%d bytes between, %d batches durable: %.10q", filler, batches, got)
			}
		}
	}
}

// Somebody who trims after every record has it done, however many batches are
// on their way.
func TestTrimsThatFollowEachOtherAreNotPutOffForEver(t *testing.T) {
	d := disk.NewFaulty()
	w := open(t, d, small)
	s := w.Stream("busy")
	for range 3 { // always a batch ahead of what is written
		s.Append(make([]byte, 700))
	}
	for range 200 {
		for range 2 {
			s.Trim(s.Append(make([]byte, 700)))
		}
		_, err := w.WriteBatch()
		must(t, err)
		_, err = w.WriteBatch()
		must(t, err)
	}
	if w.Buffered() == 0 {
		t.Fatal("nothing waits: the test does not show what it should")
	}
	_, err := w.Sync()
	must(t, err)
	if limit := 20 * small.SegmentSize; w.Size() > limit {
		t.Errorf("the log takes %d bytes, want at most %d", w.Size(), limit)
	}
}
