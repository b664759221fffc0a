package kv

import (
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Pin asks for the state as it is now, for questions that are too long for the
// loop: hashes, snapshots, ranges of a million keys.
type Pin struct{}

// Pinned is the answer to Pin: a state that no longer changes. Unlike a Store
// it may be used from any one goroutine at a time, beside the loop.
type Pinned struct{ state }

var _ rsm.Capture = (*Pinned)(nil)

func (s *Store) pin() *Pinned { return &Pinned{s.copy()} }

// Capture returns the state as it is now.
func (s *Store) Capture() rsm.Capture { return s.pin() }

// Release lets go of the memory that only the pinned state holds.
func (p *Pinned) Release() {
	if p.arena != nil {
		p.arena.release()
	}
	p.state = state{}
}

// Revision returns the newest revision.
func (p *Pinned) Revision() Revision { return p.rev }

// Range answers a Range.
func (p *Pinned) Range(q *Range) *RangeResult {
	r := p.read(q, p.rev)
	return &r
}

// HashKV answers a HashKV.
func (p *Pinned) HashKV(q *HashKV) *HashResult {
	r := &HashResult{Revision: q.Revision, CompactRevision: p.compacted, StoreRevision: p.rev}
	if r.Revision <= 0 {
		r.Revision = p.rev
	}
	switch {
	case r.Revision > p.rev:
		r.Err = ErrFutureRevision
	case r.Revision < p.compacted:
		r.Err = ErrCompacted
	default:
		r.Hash = p.hashKV(r.Revision)
	}
	return r
}
