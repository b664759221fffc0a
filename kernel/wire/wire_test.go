package wire_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
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
