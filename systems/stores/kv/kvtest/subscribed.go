package kvtest

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// judge compares what was delivered with what happened: every event once, in
// order, nothing left out but what was said to be gone.
func (all *subscribers) judge(m *model) error {
	for _, s := range all.list {
		at := kv.Revision(1)
		for i := range s.got {
			if err := s.judge(m, at, &s.got[i]); err != nil {
				return fmt.Errorf("watch %d of [%q, %q): %w", s.number, s.query.Key, s.query.RangeEnd, err)
			}
			at = s.got[i].to
		}
		if rest := m.between(&s.query, at+1, s.have); len(rest) > 0 {
			return fmt.Errorf("watch %d: nothing was delivered of %q at %d, and it was in step at %d", s.number, rest[0].Key, rest[0].ModRevision, s.have)
		}
	}
	return nil
}

// judge looks at what continues a stream that has everything up to a revision.
// The stream may know more than it was delivered: that nothing happened.
func (s *subscriber) judge(m *model, at kv.Revision, d *delivery) error {
	if d.compacted != 0 {
		if !slices.Contains(m.compacts, d.compacted) || d.after+1 >= d.compacted {
			return fmt.Errorf("it was told after %d that all before %d was compacted; compactions were %v", d.after, d.compacted, m.compacts)
		}
		if quiet := m.between(&s.query, at+1, d.after); len(quiet) > 0 {
			return fmt.Errorf("nothing was delivered of %q at %d", quiet[0].Key, quiet[0].ModRevision)
		}
		return m.compare(d.state, s.query.Key, s.query.RangeEnd, d.to)
	}
	want := m.between(&s.query, at+1, d.to)
	for i, e := range d.events {
		switch {
		case i >= len(want):
			return fmt.Errorf("between %d and %d an event of %q at %d too many", at, d.to, e.KV.Key, e.KV.ModRevision)
		case !alike(&e, &want[i]):
			return fmt.Errorf("event %+v, wanted %+v", e, want[i])
		}
		if err := s.judgePrev(m, &e, d.pulled); err != nil {
			return err
		}
	}
	if len(want) > len(d.events) {
		missing := want[len(d.events)]
		return fmt.Errorf("between %d and %d no event of %q at %d", at, d.to, missing.Key, missing.ModRevision)
	}
	return nil
}

// judgePrev looks at the pair that an event replaced. What was read from the
// history has it only if it was asked for and not compacted.
func (s *subscriber) judgePrev(m *model, e *kv.Event, pulled bool) error {
	before, existed := m.at(string(e.KV.Key), e.KV.ModRevision-1)
	switch {
	case e.HasPrev && !(existed && same(&e.Prev, &before)):
		return fmt.Errorf("event of %q at %d replaced %+v, it says %+v", e.KV.Key, e.KV.ModRevision, before, e.Prev)
	case !e.HasPrev && existed && (!pulled || s.query.PrevKV && e.KV.ModRevision-1 >= m.compacted):
		return fmt.Errorf("event of %q at %d does not say what it replaced", e.KV.Key, e.KV.ModRevision)
	}
	return nil
}

func alike(e *kv.Event, v *version) bool {
	if e.Deleted || v.deleted {
		return e.Deleted == v.deleted && bytes.Equal(e.KV.Key, v.Key) && e.KV.ModRevision == v.ModRevision
	}
	return same(&e.KV, &v.KeyValue)
}

func same(a, b *kv.KeyValue) bool {
	return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) && a.CreateRevision == b.CreateRevision &&
		a.ModRevision == b.ModRevision && a.Version == b.Version && a.Lease == b.Lease
}

// compare says where an answer differs from the model's state at a revision.
func (m *model) compare(got *kv.RangeResult, start, end []byte, at kv.Revision) error {
	if got.Err != 0 {
		return fmt.Errorf("read at %d: %w", at, got.Err)
	}
	var want []kv.KeyValue
	for _, key := range m.keys(at) {
		if within(key, start, end) {
			p, _ := m.at(key, at)
			want = append(want, p)
		}
	}
	for i := range max(len(got.KVs), len(want)) {
		if i >= len(got.KVs) || i >= len(want) || !same(&got.KVs[i], &want[i]) {
			return fmt.Errorf("read at %d: %+v, the model has %+v", at, got.KVs, want)
		}
	}
	return nil
}
