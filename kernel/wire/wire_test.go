package wire_test

import (
	"encoding/hex"
	"math"
	"os"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/kernel/wire/wiretest"
)

func full() *Kinds {
	seven := uint32(0)
	return &Kinds{
		Bool: true, Int: -1, Int8: -128, Int16: 1 << 14, Int32: -1 << 31, Int64: -1 << 63,
		Uint: 1, Uint8: 255, Uint16: 65535, Uint32: 1<<32 - 1, Uint64: 1<<64 - 1,
		Float32: 1.5, Float64: -2.25, String: "s", Bytes: []byte{0}, Digest: Digest{1},
		Duration: time.Second, Time: time.Unix(0, 0).UTC(), Term: 3, Role: -2,
		Inner: Inner{Name: "in"}, Pointer: &Inner{}, Optional: &seven,
		Tree:  &Kinds{Tree: &Kinds{Far: 1}},
		Bools: []bool{true, false}, Ints: []int64{0, -1, 1 << 40}, Terms: []Term{0, 300},
		Floats: []float64{0, 1}, Singles: []float32{2, 0}, Strings: []string{"", "x"},
		Blobs: [][]byte{nil, {1, 2}}, Digests: []Digest{{}, {9}}, Inners: []Inner{{}, {Value: -5}},
		Pointers: []*Inner{{}, {Name: "p"}}, Times: []time.Time{{}, time.Unix(-5, 7).UTC()},
		ByName:   map[string]Inner{"": {}, "b": {Value: 1}, "a": {}},
		ByTerm:   map[Term]*Inner{0: {}, 300: nil, 2: {Name: "q"}},
		ByDigest: map[Digest]int64{{}: 0, {1}: -1}, Set: map[int8]struct{}{-3: {}, 0: {}, 4: {}},
		Lists: map[string][]uint64{"l": {1, 2}, "m": nil},
		Any:   &Inner{Name: "any"}, Shape: &Square{Side: 4}, Anys: []any{&Square{}, &Kinds{Any: &Inner{}}},
		Far: 1000,
	}
}

func TestEveryKindComesBackAsItWas(t *testing.T) {
	for _, m := range []*Kinds{{}, full()} {
		b, err := wire.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if wire.Size(m) != len(b) {
			t.Errorf("Size says %d, Marshal made %d bytes", wire.Size(m), len(b))
		}
		for _, decode := range []func([]byte) (any, error){wire.Unmarshal, wire.UnmarshalAlias} {
			got, err := decode(b)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, any(m)) {
				t.Errorf("got  %+v\nwant %+v", got, m)
			}
		}
	}
}

func TestPropertyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := wiretest.Message[Kinds](t)
		b, err := wire.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, any(m)) || wire.Size(m) != len(b) {
			t.Fatalf("got  %+v\nwant %+v\nSize %d for %d bytes", got, m, wire.Size(m), len(b))
		}
	})
}

// TestFormatIsPinned holds the bytes of a message of every kind: what was
// written stays readable.
func TestFormatIsPinned(t *testing.T) {
	got := hex.Dump(mustMarshal(t, full()))
	want, err := os.ReadFile("testdata/full.hex")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEmptyIsNil(t *testing.T) {
	var got Kinds
	b := mustBody(t, &Kinds{Bytes: []byte{}, Inners: []Inner{}, ByName: map[string]Inner{}, Blobs: [][]byte{{}}})
	if err := wire.UnmarshalBody(b, &got); err != nil {
		t.Fatal(err)
	}
	if want := (&Kinds{Blobs: [][]byte{nil}}); !reflect.DeepEqual(&got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestSpecialFloatsKeepTheirBits(t *testing.T) {
	signalling := math.Float64frombits(0x7ff0_0000_0000_0001)
	for _, m := range []Kinds{
		{Float64: math.Copysign(0, -1)}, {Float64: signalling}, {Float32: math.Float32frombits(0x7f800001)}, {Float32: float32(math.Inf(-1))},
	} {
		var got Kinds
		if err := wire.UnmarshalBody(mustBody(t, &m), &got); err != nil {
			t.Fatal(err)
		}
		if math.Float64bits(got.Float64) != math.Float64bits(m.Float64) || math.Float32bits(got.Float32) != math.Float32bits(m.Float32) {
			t.Errorf("got %x %x", math.Float64bits(got.Float64), math.Float32bits(got.Float32))
		}
	}
}

func TestTimeLosesItsLocationOnly(t *testing.T) {
	m := &Kinds{Time: time.Date(2001, 2, 3, 4, 5, 6, 7, time.FixedZone("", 3600))}
	var got Kinds
	if err := wire.UnmarshalBody(mustBody(t, m), &got); err != nil {
		t.Fatal(err)
	}
	if !got.Time.Equal(m.Time) || got.Time.Location() != time.UTC {
		t.Errorf("got %v", got.Time)
	}
}

func TestWhatWasDecodedIntoIsForgotten(t *testing.T) {
	got := Kinds{Int: 7, Strings: []string{"old"}}
	if err := wire.UnmarshalBody(nil, &got); err != nil || !reflect.DeepEqual(got, Kinds{}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOnlyAliasSharesMemory(t *testing.T) {
	m := &Kinds{Bytes: []byte("bytes"), String: "string", Blobs: [][]byte{[]byte("blob")}}
	for _, c := range []struct {
		decode func([]byte, any) error
		shares bool
	}{{wire.UnmarshalBody, false}, {wire.UnmarshalBodyAlias, true}} {
		b := mustBody(t, m)
		var got Kinds
		if err := c.decode(b, &got); err != nil {
			t.Fatal(err)
		}
		clear(b)
		if shares := !reflect.DeepEqual(&got, m); shares != c.shares {
			t.Errorf("shares memory: %v, want %v", shares, c.shares)
		}
		if b := append(got.Bytes, 1); cap(got.Bytes) > len(got.Bytes) && c.shares {
			t.Errorf("an append to %d aliased bytes overwrites what follows", len(b)-1)
		}
	}
}

func TestEncodingAllocatesNothing(t *testing.T) {
	m := full()
	m.ByName, m.ByTerm, m.ByDigest, m.Set, m.Lists = nil, nil, nil, nil, nil
	b := make([]byte, 0, 4096)
	for _, m := range []any{m, &ByHand{Uint: 1, Maybe: &HandPart{}, Parts: make([]HandPart, 3)}} {
		if n := testing.AllocsPerRun(100, func() { b, _ = wire.Append(b[:0], m) }); n > 0 {
			t.Errorf("%T: %v allocations", m, n)
		}
		if n := testing.AllocsPerRun(100, func() { wire.Size(m) }); n > 0 {
			t.Errorf("Size of %T: %v allocations", m, n)
		}
	}
}
