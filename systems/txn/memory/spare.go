package memory

import (
	"github.com/parleysystems/parley/blocks/spare"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// spent is what is not used any more, to be used again.
type spent struct {
	images spare.Made[image]
	units  spare.Made[unit]
}

// mostSpare bounds how many images are kept for later, spareBytes the value of one, and
// spareUnits how many units are kept.
const (
	mostSpare  = 4096
	spareBytes = 1 << 10
	spareUnits = 64
)

// takeBack takes an image that nobody reads any more.
func (s *spent) takeBack(i *image) {
	if cap(i.value) <= spareBytes {
		*i = image{value: i.value[:0]}
		s.images.Give(i, mostSpare)
	}
}

// Reuse implements scheme.Reuser. Units are still looked at whose images are kept for
// snapshots, or whose tickets somebody has.
func (m *Store) Reuse(one scheme.Unit) {
	u, ok := one.(*unit)
	if !ok || u.m != m || !u.over && !u.commit.Fired() || u.images > 0 || u.waited {
		return
	}
	if m.last == u {
		m.last = nil
	}
	*u = unit{}
	m.spent.units.Give(u, spareUnits)
}
