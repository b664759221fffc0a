package vector

// Order is how two readings relate.
type Order uint8

// The orders. Exactly one holds for any two readings. (Calling all that is
// neither equal nor before concurrent, as is sometimes read, would miss After.)
const (
	Equal Order = iota
	Before
	After
	Concurrent
)

var orderNames = [...]string{Equal: "equal", Before: "before", After: "after", Concurrent: "concurrent"}

func (o Order) String() string { return orderNames[o] }

// Compare tells how c relates to d: Before if every entry of c is at most that
// of d and they differ. Missing entries are zero. It takes time linear in the
// longer of the two and allocates nothing.
func (c Clock) Compare(d Clock) Order {
	less, more := false, false
	for k := range max(len(c), len(d)) {
		a, b := c.entry(k), d.entry(k)
		less = less || a < b
		//parley:rule logicalclock.vector.comparison value=false
		more = more || a > b
	}
	switch {
	case less && more:
		return Concurrent
	case less:
		return Before
	case more:
		return After
	}
	return Equal
}

// Before tells whether the event of c happened before that of d.
func (c Clock) Before(d Clock) bool { return c.Compare(d) == Before }

func (c Clock) entry(k int) uint64 {
	if k < len(c) {
		return c[k]
	}
	return 0
}
