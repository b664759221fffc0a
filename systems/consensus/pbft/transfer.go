package pbft

import (
	"log/slog"

	"github.com/parleysystems/parley/node"
)

// transfer brings this replica's state to a proven checkpoint (§ 5.3.2 of TOCS): from
// the root down it fetches the parts in which its own state differs. Each part is
// verified against a digest that is proven already, so a liar can but waste time.
type transfer struct {
	target *stableCheckpoint // nil: none is under way
	from   ReplicaID         // who is asked
	size   int
	levels int // 0 until the root is here
	bytes  []byte
	hint   *state // this replica's own state
	wanted map[part]Digest
	todo   []part // wanted and not asked for
	asked  int
	moved  bool // something has come since the last look
}

// part names a part of a state's tree.
type part struct {
	level uint8
	index uint64
}

// rootPart stands for the root, above all levels.
var rootPart = part{level: 255}

// maxAsked bounds the parts that are asked for at a time, maxState the bytes of a
// state: what a proof says of the size a quorum has vouched for.
const (
	maxAsked = 32
	maxState = 1 << 34
)

// lookBehind begins a transfer to a checkpoint that was proven a while ago and is not
// reached, and asks another replica if one under way does not move.
func (r *PBFT) lookBehind() {
	t := &r.transfer
	switch {
	case r.ahead == nil || r.ahead.seq <= r.low():
		r.ahead, r.transfer = nil, transfer{}
	case t.target == nil || t.target.seq < r.ahead.seq && !t.moved:
		if !r.ahead.old {
			r.ahead.old = true // at the next look
			return
		}
		r.beginTransfer(r.ahead)
	case !t.moved:
		r.askNext()
	}
	t.moved = false
}

func (r *PBFT) beginTransfer(c *stableCheckpoint) {
	r.env.Note("fetching state", slog.Uint64("seq", uint64(c.seq)))
	r.transfer = transfer{
		target: c, from: r.transfer.from, hint: r.newest(),
		wanted: map[part]Digest{rootPart: c.digest}, todo: []part{rootPart},
	}
	r.askNext()
}

// newest returns this replica's latest state, whose parts may be right.
func (r *PBFT) newest() (s *state) {
	//parley:unordered no two have the same number
	for _, own := range r.taken {
		if s == nil || own.seq > s.seq {
			s = own
		}
	}
	return s
}

// askNext asks another replica for all that is wanted.
func (r *PBFT) askNext() {
	t := &r.transfer
	t.from = ReplicaID((int(t.from) + 1) % r.group.n())
	if t.from == r.group.self {
		t.from = ReplicaID((int(t.from) + 1) % r.group.n())
	}
	t.todo, t.asked = t.todo[:0], 0
	//parley:unordered they are sorted below
	for p := range t.wanted {
		t.todo = append(t.todo, p)
	}
	sortParts(t.todo)
	r.ask()
}

// ask sends for parts, a few at a time.
func (r *PBFT) ask() {
	t := &r.transfer
	for len(t.todo) > 0 && t.asked < maxAsked {
		p := t.todo[len(t.todo)-1]
		t.todo = t.todo[:len(t.todo)-1]
		t.asked++
		r.env.Send(r.group.addr(t.from), &GetPart{Seq: t.target.seq, Level: p.level, Index: p.index})
	}
}

// onGetPart hands out parts of the checkpoints that are here.
func (r *PBFT) onGetPart(from node.Addr, m *GetPart) {
	s := r.taken[m.Seq]
	if s == nil || !r.serves(from.Node()) || r.recovering() {
		return
	}
	answer := &Part{Seq: m.Seq, Level: m.Level, Index: m.Index}
	switch {
	case m.Level == rootPart.level && m.Index == 0:
		answer.Data = rootData(len(s.bytes), len(s.levels)-1, s.top()[0])
	case !s.has(m.Level, m.Index):
		return
	case m.Level == 0:
		answer.Data = s.page(m.Index)
	default:
		answer.Data = joinDigests(s.children(int(m.Level), m.Index))
	}
	r.env.Send(from, answer)
}

// onPart takes a part, if it is wanted and right. A wrong one has the next replica
// asked.
func (r *PBFT) onPart(from node.Addr, m *Part) {
	t := &r.transfer
	p := part{m.Level, m.Index}
	digest, wanted := Digest{}, false
	if t.target != nil && m.Seq == t.target.seq {
		digest, wanted = t.wanted[p]
	}
	if !wanted {
		return
	}
	//parley:rule pbft.gc.stable-checkpoint force=false
	if partDigest(m) != digest {
		r.env.Note("part refused")
		if from.Node() == r.group.addr(t.from) {
			r.askNext()
		}
		return
	}
	delete(t.wanted, p)
	t.asked, t.moved = max(0, t.asked-1), true
	r.place(p, m.Data)
	if t.target != nil && len(t.wanted) == 0 {
		r.endTransfer()
		return
	}
	r.ask()
}

// partDigest computes what a part's parent must say of it.
func partDigest(m *Part) Digest {
	switch {
	case m.Level == rootPart.level:
		return rootOf(m.Data)
	case m.Level == 0:
		return pageDigest(m.Data)
	}
	return nodeDigest(int(m.Level), splitDigests(m.Data))
}

// place puts a verified part where it belongs, and wants what is below it.
func (r *PBFT) place(p part, data []byte) {
	t := &r.transfer
	switch {
	case p == rootPart:
		size, level, top := splitRoot(data)
		if size > maxState || level+1 != height(size, r.cfg.PageSize) {
			r.transfer, r.ahead = transfer{}, nil // another page size: nothing that we could verify
			return
		}
		t.size, t.levels, t.bytes = size, level+1, make([]byte, size)
		r.want(part{uint8(level), 0}, top)
	case p.level == 0:
		copy(t.bytes[int(p.index)*r.cfg.PageSize:], data)
	default:
		for i, d := range splitDigests(data) {
			r.want(part{p.level - 1, p.index*fanout + uint64(i)}, d)
		}
	}
}

// want asks for a part, unless this replica's own state has it.
func (r *PBFT) want(p part, d Digest) {
	t := &r.transfer
	if h := t.hint; h != nil && h.has(p.level, p.index) {
		//parley:rule pbft.recovery.procedure value=true
		same := h.levels[p.level][p.index] == d
		if !same {
			t.wanted[p] = d
			t.todo = append(t.todo, p)
			return
		}
		span := r.cfg.PageSize
		for range p.level {
			span *= fanout
		}
		from := int(p.index) * span
		copy(t.bytes[min(from, t.size):min(from+span, t.size)], h.bytes[from:min(from+span, len(h.bytes))])
		return
	}
	t.wanted[p] = d
	t.todo = append(t.todo, p)
}

// endTransfer makes the fetched state this replica's own. What was executed behind
// it is executed again.
func (r *PBFT) endTransfer() {
	t := r.transfer
	r.transfer = transfer{}
	if r.executed >= t.target.seq && r.taken[t.target.seq] == nil && !r.recovering() {
		return // this replica has got there by itself, and writes its state down
	}
	s := newState(t.target.seq, t.bytes, r.cfg.PageSize)
	if s.root != t.target.digest {
		panic("pbft: a state whose every part was right is wrong")
	}
	if err := r.install(t.bytes); err != nil {
		// A quorum has executed this and agrees on it, yet we cannot read it.
		r.env.Halt(err)
		return
	}
	r.env.Note("checkpoint installed", slog.Uint64("seq", uint64(s.seq)))
	r.rollback, r.executed = false, s.seq
	r.taken[s.seq] = s
	r.stabilize(t.target)
	r.restored()
	r.recovered()
	r.execute()
}
