package lamport

import (
	"cmp"
	"fmt"
)

// Process numbers the processes of a group. The numbers break ties, so they are
// distinct and the same everywhere; what they are does not matter otherwise.
type Process uint32

// Stamp names an event by its time and its process: the C(a).i of "The total
// ordering".
type Stamp struct {
	Time    Time    `wire:"1"`
	Process Process `wire:"2"`
}

// Compare orders stamps by time, and those of equal time by process. It returns
// -1, 0 or 1; 0 only for a stamp and itself, if each process stamps every event
// of its own with a new time.
func (s Stamp) Compare(t Stamp) int {
	if s.Time != t.Time {
		return cmp.Compare(s.Time, t.Time)
	}
	//parley:rule logicalclock.lamport.total-order multicast.total.same-order value=0
	return cmp.Compare(s.Process, t.Process)
}

// Less tells whether s comes before t.
func (s Stamp) Less(t Stamp) bool { return s.Compare(t) < 0 }

// String returns the stamp as the paper writes it: 12.3 is time 12 of process 3.
func (s Stamp) String() string { return fmt.Sprintf("%d.%d", s.Time, s.Process) }
