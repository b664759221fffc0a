package rpc

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Source gives out XIDs. Its numbers must be unique among all calls that a
// server may still hear of, those before a crash of the client included.
type Source interface {
	Next() XID
	// Ordered tells whether the numbers ascend, so that a mark can stand for
	// all up to it.
	Ordered() bool
}

// Sequence numbers the calls of a client 1, 2, 3. It reserves numbers in the
// client's log, a block at a time; a crash skips the rest of a block (I1).
type Sequence struct {
	self     node.Addr
	log      node.Log
	block    uint64
	next     uint64
	reserved uint64 // the first that is not
}

// reservation is a record of the log: numbers below this one may be in use.
type reservation struct {
	Below uint64 `wire:"1"`
}

var _ = wire.Register[reservation]("rpc.reservation")

// NewSequence goes on behind all numbers that earlier incarnations of this node
// may have used. block is how many are reserved at a time.
func NewSequence(env node.Env, block uint64) (*Sequence, error) {
	s := &Sequence{self: env.Self(), log: env.Log("rpc-numbers"), block: max(block, 1), next: 1}
	for lsn, b := range s.log.Records(0) {
		m, err := wire.Unmarshal(b)
		r, ok := m.(*reservation)
		if err != nil || !ok {
			return nil, fmt.Errorf("rpc: numbers of %s: record %d is no reservation (%T, %v)", s.self, lsn, m, err)
		}
		s.next = max(s.next, r.Below)
	}
	s.reserved = s.next
	return s, nil
}

// Next implements Source. The request that carries the number leaves after the
// reservation is durable, by the output rule.
func (s *Sequence) Next() XID {
	if s.next >= s.reserved {
		s.reserved = s.next + s.block
		s.reserve()
	}
	s.next++
	return XID{s.self, s.next - 1}
}

func (s *Sequence) reserve() {
	b, err := wire.Marshal(&reservation{Below: s.reserved})
	if err != nil {
		panic(fmt.Sprintf("rpc: encode a reservation: %v", err))
	}
	//parley:rule rpc.atmostonce.xid-uniqueness drop
	s.log.Trim(s.log.Append(b))
}

// Ordered implements Source.
func (s *Sequence) Ordered() bool { return true }

// Clock numbers calls by this host's clock, in nanoseconds. It needs no log,
// and is right only as long as nobody sets the clock back while the host is
// down.
type Clock struct {
	env  node.Env
	last uint64
}

// NewClock returns a source that reads env's clock.
func NewClock(env node.Env) *Clock { return &Clock{env: env} }

// Next implements Source.
func (c *Clock) Next() XID {
	c.last = max(c.last+1, uint64(c.env.Now().UnixNano()))
	return XID{c.env.Self(), c.last}
}

// Ordered implements Source.
func (c *Clock) Ordered() bool { return true }

// Random draws numbers of so many bits. Two of n calls share one with a
// probability of about n²/2^(bits+1); the second is then taken for a copy of the
// first, and never runs.
type Random struct {
	env  node.Env
	bits uint
}

// NewRandom returns a source of 1 to 64 bits.
func NewRandom(env node.Env, bits uint) *Random { return &Random{env, min(max(bits, 1), 64)} }

// Next implements Source.
func (r *Random) Next() XID { return XID{Number: r.env.Rand().Uint64() >> (64 - r.bits)} }

// Ordered implements Source.
func (r *Random) Ordered() bool { return false }
