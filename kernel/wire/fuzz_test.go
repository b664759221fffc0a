package wire_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/parleysystems/parley/kernel/wire"
)

func mustMarshal(t testing.TB, m any) []byte {
	t.Helper()
	b, err := wire.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzUnmarshal verifies that whatever is accepted is what Append writes.
func FuzzUnmarshal(f *testing.F) {
	f.Add(mustMarshal(f, full()))
	f.Add(mustMarshal(f, &Kinds{}))
	f.Add(mustMarshal(f, &Square{Side: 3}))
	f.Add(mustMarshal(f, &ByHand{Part: HandPart{"x", -1}, Parts: []HandPart{{}, {"y", 1}}, Strings: []string{""}, Digests: []Digest{{}}}))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, unknown, err := wire.UnmarshalCounting(b)
		aliased, errAlias := wire.UnmarshalAlias(bytes.Clone(b))
		if (err == nil) != (errAlias == nil) {
			t.Fatalf("copied: %v; aliased: %v", err, errAlias)
		}
		if err != nil {
			var where *wire.DecodeError
			if !errors.As(err, &where) || where.Offset > len(b) {
				t.Fatalf("no place in error %v", err)
			}
			return
		}
		again := mustMarshal(t, m)
		if unknown == 0 && !bytes.Equal(again, b) {
			t.Fatalf("two encodings of one value:\n%x\n%x", b, again)
		}
		if !bytes.Equal(mustMarshal(t, aliased), again) || wire.Size(m) != len(again) {
			t.Fatalf("aliased differs, or Size says %d for %d bytes", wire.Size(m), len(again))
		}
	})
}

// Version 1 and version 2 of one message: fields added, at every level.
type (
	older struct {
		Term   Term         `wire:"2"`
		Inner  olderInner   `wire:"4"`
		Inners []olderInner `wire:"6"`
		Ptr    *olderInner  `wire:"8"`
	}
	olderInner struct {
		Name string `wire:"2"`
	}
	newer struct {
		Before []byte                `wire:"1"`
		Term   Term                  `wire:"2"`
		Anys   []any                 `wire:"3"`
		Inner  newerInner            `wire:"4"`
		Map    map[string]newerInner `wire:"5"`
		Inners []newerInner          `wire:"6"`
		Float  float32               `wire:"7"`
		Ptr    *newerInner           `wire:"8"`
		After  float64               `wire:"900"`
	}
	newerInner struct {
		Before int64  `wire:"1"`
		Name   string `wire:"2"`
		After  Digest `wire:"3"`
	}
)

func (n newerInner) older() olderInner { return olderInner{n.Name} }

func (n *newer) older() *older {
	o := &older{Term: n.Term, Inner: n.Inner.older()}
	for _, i := range n.Inners {
		o.Inners = append(o.Inners, i.older())
	}
	if n.Ptr != nil {
		p := n.Ptr.older()
		o.Ptr = &p
	}
	return o
}

// FuzzForward verifies that an older version reads of a newer message all that
// it knows, and that a newer version reads an older one.
func FuzzForward(f *testing.F) {
	one := newerInner{-1, "n", Digest{1}}
	f.Add(mustBody(f, &newer{
		Before: []byte("b"), Term: 4, Anys: []any{&Square{Side: 1}}, Inner: one,
		Map: map[string]newerInner{"k": one}, Inners: []newerInner{{}, one, {After: Digest{2}}}, Float: 1, Ptr: &one, After: 3,
	}))
	f.Add(mustBody(f, &newer{Inner: newerInner{After: Digest{1}}, Ptr: &newerInner{Before: 1}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var n, back newer
		if wire.UnmarshalBody(b, &n) != nil {
			return
		}
		var o older
		if err := wire.UnmarshalBody(b, &o); err != nil {
			t.Fatalf("older version: %v", err)
		}
		if want := n.older(); !reflect.DeepEqual(&o, want) {
			t.Fatalf("older version read %+v of %+v", o, want)
		}
		if err := wire.UnmarshalBody(mustBody(t, &o), &back); err != nil {
			t.Fatalf("newer version: %v", err)
		}
		if !reflect.DeepEqual(back.older(), &o) {
			t.Fatalf("newer version read %+v of %+v", back, o)
		}
	})
}

func mustBody(t testing.TB, m any) []byte {
	t.Helper()
	b, err := wire.AppendBody(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
