package vector

import "slices"

// Clock is a reading: how many events of each process are known. It is also the
// clock itself, in the hands of its process. It is a plain slice, so messages can
// carry it (wire) and users can index it.
type Clock []uint64

// New returns the clock of a group of n processes before the first event.
func New(n int) Clock { return make(Clock, n) }

// Clone returns a copy. A message carries one, since the clock goes on.
func (c Clock) Clone() Clock { return slices.Clone(c) }

// Tick counts an event of process i, which must be below the clock's length.
func (c Clock) Tick(i int) {
	//parley:rule logicalclock.vector.update-rules logicalclock.vector.characterizes-causality drop
	c[i]++
}

// Merge takes over what d knows and c does not. Entries of d beyond the length
// of c are left out.
func (c Clock) Merge(d Clock) {
	for k := range min(len(c), len(d)) {
		//parley:rule logicalclock.vector.update-rules logicalclock.vector.characterizes-causality value=d[k]
		c[k] = max(c[k], d[k])
	}
}

// Receive counts the event of process i that receives a message with reading d.
func (c Clock) Receive(i int, d Clock) {
	c.Merge(d)
	c.Tick(i)
}
