package kv

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/cespare/xxhash/v2"
)

// hash and the digest made of it find replicas that diverged: the digest is a
// sum, so that it is kept up to date with each change at a cost that does not
// grow with the store.
func (v version) hash() uint64 { return xxhash.Sum64String(string(v)) }

func (l lease) hash() uint64 {
	var b [24]byte
	binary.LittleEndian.PutUint64(b[0:], uint64(l.id))
	binary.LittleEndian.PutUint64(b[8:], uint64(l.ttl))
	binary.LittleEndian.PutUint64(b[16:], l.generation)
	return xxhash.Sum64(b[:])
}

// Digest condenses the state as rsm.StateMachine demands.
func (s *Store) Digest() uint64 { return s.state.condense() }

func (s *state) condense() uint64 {
	b := binary.LittleEndian.AppendUint64(nil, s.digest)
	for _, n := range []uint64{
		uint64(s.rev), uint64(s.compacted), uint64(s.swept.main), s.swept.sub,
		uint64(s.trimmed.main), s.trimmed.sub,
		uint64(s.live.len()), uint64(s.history.len()), uint64(s.leases.Len()), uint64(s.bytes),
	} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	for _, a := range s.alarms {
		b = binary.LittleEndian.AppendUint64(append(b, byte(a.Kind)), a.Member)
	}
	return xxhash.Sum64(b)
}

// hashKV hashes, in the order of keys and from new to old, all versions that a
// read between the compacted revision and at can see. It does not depend on
// how far the sweep has come.
func (s *state) hashKV(at Revision) uint32 {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	live, past := s.live.from(probe{main: latest}), s.history.from(probe{main: latest})
	for live.ok || past.ok {
		key := live.key
		if !live.ok || past.ok && past.key < key {
			key = past.key
		}
		seen := false // the version that a read at the compacted revision sees
		take := func(v version) {
			main := v.main()
			old := main <= s.compacted
			if main <= at && !seen && !(old && v.deleted()) {
				sum.Write(view(string(v)))
			}
			seen = seen || old
		}
		if live.ok && live.key == key {
			take(live.v)
			live.next()
		}
		for past.ok && past.key == key {
			take(past.v)
			past.next()
		}
	}
	return sum.Sum32()
}
