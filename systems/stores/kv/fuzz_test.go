package kv

import (
	"testing"
)

// FuzzApply feeds two replicas the same bytes: whatever they are, both must
// survive them, answer the same and be in the same state.
func FuzzApply(f *testing.F) {
	for _, c := range []*Command{
		put("a", "b"), remove("a", "z"), compact(3),
		{LeaseGrant: &LeaseGrant{ID: 1, TTL: 3}}, {LeaseRevoke: &LeaseRevoke{ID: 9}},
		{LeaseKeepAlive: &LeaseKeepAlive{ID: 9}}, {LeaseExpire: &LeaseExpire{ID: 9, Generation: 1}},
		{AlarmActivate: &AlarmActivate{Kind: 2, Member: 1}}, {AlarmDeactivate: &AlarmDeactivate{Kind: 1, Member: 1}},
		{Txn: &Txn{
			Compare: []Compare{{Key: []byte("a"), RangeEnd: []byte{0}, Target: CompareMod, Relation: Less, Number: 99}},
			Success: []Op{
				{Put: &Put{Key: []byte("a"), Lease: 9, PrevKV: true}},
				{Range: &Range{Key: []byte("k"), RangeEnd: []byte("l"), SortOrder: SortDescend, Limit: 2, Revision: 290}},
			},
			Failure: []Op{{DeleteRange: &DeleteRange{Key: []byte("a"), RangeEnd: []byte("b"), PrevKV: true}}, {Txn: &Txn{}}},
		}},
	} {
		f.Add(c.Encode())
	}
	f.Add([]byte{})
	f.Add([]byte("\x0a\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		one, two := furnished(t), furnished(t)
		raw := one.Apply(0, b)
		if string(raw) != string(two.Apply(0, b)) || one.Digest() != two.Digest() {
			t.Fatal("two replicas diverged")
		}
		r, err := DecodeResult(raw)
		if err != nil {
			t.Fatal(err)
		}
		if r.Err == ErrMalformed && one.Revision() != furnished(t).Revision() {
			t.Fatal("a malformed command changed something")
		}
	})
}

func TestBytesThatAreNoCommandChangeNothing(t *testing.T) {
	s := New(Options{})
	before := s.Digest()
	two := Command{Put: &Put{Key: []byte("a")}, Compact: &Compact{Revision: 1}}
	for _, b := range [][]byte{nil, {0}, []byte("garbage"), two.Encode(), (&Command{}).Encode()} {
		r, err := DecodeResult(s.Apply(0, b))
		if err != nil || r.Err != ErrMalformed || s.Digest() != before {
			t.Fatalf("%x: %v, %v", b, r, err)
		}
	}
}
