package occ

import "github.com/parleysystems/parley/systems/txn/workspace"

// room is where a transaction keeps what it reads and writes. When it is at an end, another
// has it.
type room struct {
	reads  workspace.Reads
	copies workspace.Writes
	value  []byte // that was read last
}

// mostSpare bounds how many rooms are kept for later, mostValue the value of one in bytes.
const (
	mostSpare = 64
	mostValue = 4 << 10
)

func (s *Optimistic) room() (r room) {
	if n := len(s.spare); n > 0 {
		r, s.spare[n-1] = s.spare[n-1], r
		s.spare = s.spare[:n-1]
	}
	return r
}

// takeBack takes a room that nobody is compared with any more.
func (s *Optimistic) takeBack(r *room) {
	r.reads.Clear()
	r.copies.Clear()
	if len(s.spare) < mostSpare && cap(r.value) <= mostValue {
		s.spare = append(s.spare, *r)
	}
	*r = room{}
}
