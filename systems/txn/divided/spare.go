package divided

import "github.com/parleysystems/parley/blocks/spare"

// spent is what an owner uses again.
type spent struct {
	branches spare.Made[branch]
	rooms    spare.Pile[[]byte] // for what parts find
}

// mostSpare bounds how many are kept of each, mostRoom the size of a room in bytes.
const (
	mostSpare = 64
	mostRoom  = 64 << 10
)

// forget takes a branch that is at its end.
func (o *Owner) forget(b *branch) {
	if o.reuser != nil {
		o.reuser.Reuse(b.tx)
	}
	*b = branch{fresh: b.fresh}
	o.spent.branches.Give(b, mostSpare)
}

// takeBack takes a room whose contents nobody reads any more.
func (s *spent) takeBack(r []byte) {
	if c := cap(r); c > 0 && c <= mostRoom {
		s.rooms.Give(r[:0], mostSpare)
	}
}
