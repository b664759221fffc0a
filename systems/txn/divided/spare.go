package divided

// spare is what an owner uses again.
type spare struct {
	branches []*branch
	rooms    [][]byte
}

// mostSpare bounds how many are kept of each, mostRoom the size of a room in bytes.
const (
	mostSpare = 64
	mostRoom  = 64 << 10
)

// branch returns one that is to be made anew.
func (s *spare) branch() *branch {
	n := len(s.branches)
	if n == 0 {
		return new(branch)
	}
	b := s.branches[n-1]
	s.branches = s.branches[:n-1]
	return b
}

// forget takes a branch that is at its end.
func (o *Owner) forget(b *branch) {
	if o.reuser != nil {
		o.reuser.Reuse(b.tx)
	}
	*b = branch{fresh: b.fresh}
	if s := &o.spare; len(s.branches) < mostSpare {
		s.branches = append(s.branches, b)
	}
}

// room returns one for what a part finds.
func (s *spare) room() []byte {
	n := len(s.rooms)
	if n == 0 {
		return nil
	}
	r := s.rooms[n-1]
	s.rooms = s.rooms[:n-1]
	return r[:0]
}

// takeBack takes a room whose contents nobody reads any more.
func (s *spare) takeBack(r []byte) {
	if c := cap(r); c > 0 && c <= mostRoom && len(s.rooms) < mostSpare {
		s.rooms = append(s.rooms, r)
	}
}
