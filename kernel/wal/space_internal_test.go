package wal

import (
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
)

// The cleaner decides by sums that are kept while segments come, fill, empty
// and go, and while a log is recovered.
func TestSpaceIsTheSumOfTheSegments(t *testing.T) {
	d := disk.NewUnshared()
	for range 3 {
		w, err := Open(d, Options{SegmentSize: 4 << 10, Unshared: true})
		if err != nil {
			t.Fatal(err)
		}
		checkSpace(t, w)
		busy, lagging := w.Stream("busy"), w.Stream("lagging")
		for i := range 2000 {
			lsn := busy.Append(make([]byte, i%100))
			busy.Trim(max(lsn, 20) - 20)
			if i%100 == 0 {
				lagging.Append(make([]byte, 50))
			}
			if _, err := w.Commit(); err != nil {
				t.Fatal(err)
			}
			checkSpace(t, w)
		}
		if w.segments[0].number < 2 || w.cleaner.victim == 0 {
			t.Error("no segment was emptied")
		}
		lagging.Trim(lagging.Next())
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func checkSpace(t *testing.T, w *WAL) {
	t.Helper()
	var sum space
	for _, s := range w.segments {
		sum.used += s.end
		sum.live += s.live
	}
	if sum != w.space {
		t.Fatalf("segments sum up to %+v, and %+v is kept", sum, w.space)
	}
}
