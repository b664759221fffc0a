package physical

import (
	"cmp"
	"slices"
	"time"
)

// Interval is a range of times, both ends included.
type Interval struct {
	Earliest, Latest time.Time
}

// Around returns the interval of times no more than epsilon from t.
func Around(t time.Time, epsilon time.Duration) Interval {
	return Interval{t.Add(-epsilon), t.Add(epsilon)}
}

// Midpoint returns the time in the middle.
func (i Interval) Midpoint() time.Time { return i.Earliest.Add(i.Width() / 2) }

// Width returns the distance of the ends.
func (i Interval) Width() time.Duration { return i.Latest.Sub(i.Earliest) }

// Contains tells whether t lies within.
func (i Interval) Contains(t time.Time) bool { return !t.Before(i.Earliest) && !t.After(i.Latest) }

// Agree returns the range from the earliest to the latest time that lies within
// all but faulty of the intervals (Marzullo's algorithm). If no more than that
// many miss the true time, the result contains it (I3). It returns false if no
// time lies within so many: more of them are wrong than was supposed.
//
// Taking the range that most intervals share instead would be tighter, and wrong:
// liars may make a majority with an honest interval at a place without the truth.
func Agree(intervals []Interval, faulty int) (Interval, bool) {
	edges := make([]edge, 0, 2*len(intervals))
	for _, i := range intervals {
		if i.Width() >= 0 {
			edges = append(edges, edge{i.Earliest, +1}, edge{i.Latest, -1})
		}
	}
	slices.SortStableFunc(edges, func(a, b edge) int {
		return cmp.Or(a.at.Compare(b.at), -cmp.Compare(a.step, b.step)) // intervals that touch overlap
	})
	need, open, found := max(1, len(intervals)-faulty), 0, false
	var agreed Interval
	for _, e := range edges {
		if open += e.step; open == need && e.step > 0 && !found {
			agreed.Earliest, found = e.at, true
		}
		if open == need-1 && e.step < 0 {
			agreed.Latest = e.at
		}
	}
	return agreed, found
}

// edge is an end of an interval: +1 where it begins.
type edge struct {
	at   time.Time
	step int
}
