package disk

import "math/rand/v2"

// crash goes back to a state that a loss of power may leave.
func (n *inode) crash(r *rand.Rand) {
	keep := survivors(len(n.undo), r)
	for i := len(n.undo) - 1; i >= 0; i-- {
		switch u := n.undo[i]; {
		case keep(i):
		case u.index < 0:
			n.size = u.size
		default:
			n.put(u.index, u.old)
		}
	}
	n.undone += uint64(len(n.undo))
	n.undo = nil // what it held may be in use again
	n.cutToSize()
	n.epoch++
}

// survivors draws which of count unsynced changes a crash keeps.
func survivors(count int, r *rand.Rand) func(i int) bool {
	if count == 0 {
		return nil
	}
	prefix := count
	switch r.IntN(4) {
	case 0:
		prefix = 0
	case 1:
		prefix = r.IntN(count + 1)
	case 2:
		kept := r.Float64()
		return func(int) bool { return r.Float64() < kept }
	}
	return func(i int) bool { return i < prefix }
}

// cutToSize drops what lies beyond the end of the file.
func (n *inode) cutToSize() {
	first := (n.size + sectorSize - 1) / sectorSize
	for i := first; i < int64(len(n.sectors)); i++ {
		n.put(i, nil)
	}
	if s := n.at(n.size / sectorSize); s != nil {
		clear(s.data[n.size%sectorSize:])
	}
	n.reserved = min(n.reserved, n.size)
}
