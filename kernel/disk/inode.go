package disk

// sectorSize is the unit that a disk writes as a whole or not at all.
const sectorSize = 512

// sector is the content of a sector that was written at least once; a nil
// sector reads as zeroes.
type sector struct {
	data  [sectorSize]byte
	epoch uint64 // of the inode when it was last saved for undo
	bad   bool
}

// inode is a sparse file: what a reader sees, and what it takes to go back to
// any state that a crash may leave.
type inode struct {
	sectors   []*sector
	size      int64
	reserved  int64 // bytes that Preallocate has set aside
	allocated int64 // bytes of non-nil sectors
	undo      []undo
	undone    uint64 // undo entries that syncs have made obsolete, ever
	epoch     uint64 // begins anew with every sync
	sizeEpoch uint64
	syncErr   error
	linked    bool // a name leads to it
}

// undo takes back the first change of a sector, or of the size, in an epoch.
type undo struct {
	index int64 // of the sector; -1 for the size
	old   *sector
	size  int64
}

func (n *inode) at(index int64) *sector {
	if index < int64(len(n.sectors)) {
		return n.sectors[index]
	}
	return nil
}

// put replaces a sector and keeps the count of allocated bytes.
func (n *inode) put(index int64, s *sector) {
	for int64(len(n.sectors)) <= index {
		if s == nil {
			return
		}
		n.sectors = append(n.sectors, nil)
	}
	if n.sectors[index] != nil {
		n.allocated -= sectorSize
	}
	if s != nil {
		n.allocated += sectorSize
	}
	n.sectors[index] = s
}

// writable returns the sector for changing its bytes from..to, after its content
// was saved if this is its first change in the epoch.
func (d *Faulty) writable(n *inode, index, from, to int64) *sector {
	old := n.at(index)
	if old != nil && old.epoch == n.epoch {
		return old
	}
	var s *sector
	if old == nil {
		s = d.zeroSector(from, to)
	} else {
		s = d.anySector()
		copy(s.data[:from], old.data[:from])
		copy(s.data[to:], old.data[to:])
	}
	s.epoch, s.bad = n.epoch, false
	n.undo = append(n.undo, undo{index: index, old: old})
	n.put(index, s)
	return s
}

// zeroSector returns a sector that is zero but for the bytes from..to. Those
// made anew are zero all over.
func (d *Faulty) zeroSector(from, to int64) *sector {
	if len(d.fresh) > 0 || len(d.free) == 0 {
		return d.freshSector()
	}
	s := d.anySector()
	clear(s.data[:from])
	clear(s.data[to:])
	return s
}

// anySector returns a sector with anything in it, one that was used if possible:
// it is in the processor's cache.
func (d *Faulty) anySector() *sector {
	i := len(d.free) - 1
	if i < 0 {
		return d.freshSector()
	}
	s := d.free[i]
	d.free = d.free[:i]
	return s
}

// freshSector makes sectors, more at once as the disk fills, up to what 8 KiB
// hold.
func (d *Faulty) freshSector() *sector {
	if len(d.fresh) == 0 {
		d.slabs++
		d.fresh = make([]sector, min(d.slabs, 15))
	}
	s := &d.fresh[0]
	d.fresh = d.fresh[1:]
	return s
}

func (n *inode) saveSize() {
	if n.sizeEpoch != n.epoch {
		n.sizeEpoch = n.epoch
		n.undo = append(n.undo, undo{index: -1, size: n.size})
	}
}

func (d *Faulty) write(n *inode, p []byte, offset int64) {
	if end := offset + int64(len(p)); end > n.size {
		n.saveSize()
		n.size = end
	}
	for len(p) > 0 {
		within := offset % sectorSize
		k := min(sectorSize-within, int64(len(p)))
		s := d.writable(n, offset/sectorSize, within, within+k)
		s.bad = false
		copy(s.data[within:], p[:k])
		p, offset = p[k:], offset+k
	}
}

// read fills p from offset, which the caller has checked to be within size. It
// returns how many bytes it read before an unreadable sector.
func (n *inode) read(p []byte, offset int64) (int, error) {
	done := 0
	for done < len(p) {
		s := n.at(offset / sectorSize)
		within := offset % sectorSize
		k := int(min(sectorSize-within, int64(len(p)-done)))
		switch {
		case s == nil:
			clear(p[done : done+k])
		case s.bad:
			return done, ErrUnreadable
		default:
			copy(p[done:done+k], s.data[within:])
		}
		done, offset = done+k, offset+int64(k)
	}
	return done, nil
}

func (d *Faulty) truncate(n *inode, size int64) {
	if size == n.size {
		return
	}
	n.saveSize()
	first := (size + sectorSize - 1) / sectorSize
	for i := first; i < int64(len(n.sectors)); i++ {
		if old := n.sectors[i]; old != nil {
			n.undo = append(n.undo, undo{index: i, old: old})
			n.put(i, nil)
		}
	}
	if within := size % sectorSize; within != 0 && n.at(size/sectorSize) != nil {
		clear(d.writable(n, size/sectorSize, within, sectorSize).data[within:])
	}
	n.size, n.reserved = size, min(n.reserved, size)
}

// settle makes durable what the first count undo entries would take back.
func (d *Faulty) settle(n *inode, count int) {
	for _, u := range n.undo[:count] {
		if u.old != nil && len(d.free) < maxFree {
			d.free = append(d.free, u.old)
		}
	}
	rest := copy(n.undo, n.undo[count:])
	clear(n.undo[rest:])
	n.undo = n.undo[:rest]
	n.undone += uint64(count)
}

// maxFree bounds the sectors kept for reuse, to 32 KiB a disk.
const maxFree = 64
