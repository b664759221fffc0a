package disk

import "math/rand/v2"

// Rot flips the bits of mask in the byte at offset of a file, behind the back
// of whoever wrote it. It reports whether there was such a byte.
func (d *Faulty) Rot(name string, offset int64, mask byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.names[name]
	if n == nil || offset < 0 || offset >= n.size {
		return false
	}
	n.damage(offset/sectorSize, func(s *sector) { s.data[offset%sectorSize] ^= mask })
	return true
}

// RotSomewhere flips one bit of synced data, in a file whose name begins with
// prefix, and tells which. It reports false if there is no synced data.
func (d *Faulty) RotSomewhere(r *rand.Rand, prefix string) (name string, offset int64, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	type place struct {
		name  string
		index int64
	}
	var places []place
	for _, name := range d.list(prefix) {
		n := d.names[name]
		for i, s := range n.sectors {
			if s != nil && !n.unsynced(int64(i)) {
				places = append(places, place{name, int64(i)})
			}
		}
	}
	if len(places) == 0 {
		return "", 0, false
	}
	p := places[r.IntN(len(places))]
	n := d.names[p.name]
	offset = p.index*sectorSize + r.Int64N(min(sectorSize, n.size-p.index*sectorSize))
	n.sectors[p.index].data[offset%sectorSize] ^= 1 << r.IntN(8)
	return p.name, offset, true
}

// Spoil makes the sectors that hold length bytes at offset unreadable, until
// they are written again. It reports whether the file exists.
func (d *Faulty) Spoil(name string, offset, length int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.names[name]
	if n == nil {
		return false
	}
	for i := offset / sectorSize; i*sectorSize < offset+length; i++ {
		n.damage(i, func(s *sector) { s.bad = true })
	}
	return true
}

// damage does harm to a sector, in every version of it that a crash may bring
// back.
func (n *inode) damage(index int64, harm func(*sector)) {
	if n.at(index) == nil {
		n.put(index, &sector{epoch: n.epoch})
	}
	harm(n.at(index))
	for _, u := range n.undo {
		if u.index == index && u.old != nil {
			harm(u.old)
		}
	}
}

func (n *inode) unsynced(index int64) bool {
	for _, u := range n.undo {
		if u.index == index {
			return true
		}
	}
	return false
}
