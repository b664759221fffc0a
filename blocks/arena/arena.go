// Package arena keeps copies of byte slices, or of strings, side by side, in pieces of memory
// that grow, so that many copies cost few allocations. Whoever keeps one copy keeps the piece.
package arena

// Arena is where copies lie. The zero value is empty.
type Arena struct{ space []byte }

// Piece bounds, in bytes, the memory that is allocated together, but for a copy that is
// longer than that.
const Piece = 4 << 10

// Copy returns a copy. Appending to it does not touch the next one.
func (a *Arena) Copy(b []byte) []byte {
	if len(b) > cap(a.space)-len(a.space) {
		a.space = make([]byte, 0, max(len(b), min(4*cap(a.space), Piece)))
	}
	at := len(a.space)
	a.space = append(a.space, b...)
	return a.space[at:len(a.space):len(a.space)]
}

// Clear makes the arena empty, with the piece that it had last if that is not longer than
// others: nobody looks at the copies in it any more.
func (a *Arena) Clear() {
	if a.space = a.space[:0]; cap(a.space) > Piece {
		a.space = nil
	}
}
