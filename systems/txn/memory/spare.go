package memory

import "github.com/parleysystems/parley/systems/txn/scheme"

// spare is what is not used any more, to be used again.
type spare struct {
	images []*image
	units  []*unit
}

// mostSpare bounds how many images are kept for later, spareBytes the value of one, and
// spareUnits how many units are kept.
const (
	mostSpare  = 4096
	spareBytes = 1 << 10
	spareUnits = 64
)

// image returns one that is empty.
func (s *spare) image() *image {
	n := len(s.images)
	if n == 0 {
		return new(image)
	}
	i := s.images[n-1]
	s.images = s.images[:n-1]
	return i
}

// takeBack takes an image that nobody reads any more.
func (s *spare) takeBack(i *image) {
	if len(s.images) < mostSpare && cap(i.value) <= spareBytes {
		*i = image{value: i.value[:0]}
		s.images = append(s.images, i)
	}
}

// unit returns one that has done nothing.
func (m *Store) unit() *unit {
	n := len(m.spare.units)
	if n == 0 {
		return new(unit)
	}
	u := m.spare.units[n-1]
	m.spare.units = m.spare.units[:n-1]
	return u
}

// Reuse implements scheme.Reuser. Units are still looked at whose images are kept for
// snapshots, or whose tickets somebody has.
func (m *Store) Reuse(one scheme.Unit) {
	u, ok := one.(*unit)
	if !ok || u.m != m || !u.over && !u.commit.Fired() || u.images > 0 || u.waited || len(m.spare.units) == spareUnits {
		return
	}
	if m.last == u {
		m.last = nil
	}
	*u = unit{}
	m.spare.units = append(m.spare.units, u)
}
