package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"runtime"
	"testing"

	"github.com/parleysystems/parley/kernel/wire"
)

// Page is large in memory and two bytes on the wire.
type (
	Page struct {
		Data [64 << 10]byte `wire:"1"`
	}
	Pages struct {
		List  []Page         `wire:"1"`
		Map   map[int64]Page `wire:"2"`
		Ptrs  []*Page        `wire:"3"`
		Longs []uint64       `wire:"4"`
	}
	HandPages struct {
		List []HandPage `wire:"1"`
	}
	HandPage struct {
		Data [64 << 10]byte `wire:"1"`
	}
)

func (m *HandPages) AppendWire(b []byte) []byte {
	for i := range m.List {
		b = wire.AppendMessageElement(b, 1, &m.List[i])
	}
	return b
}

func (m *HandPages) ReadWire(r *wire.Reader) {
	for r.Next() {
		m.List = wire.AppendZero(r, m.List)
		r.MessageElement(&m.List[len(m.List)-1])
	}
}

func (m *HandPage) AppendWire(b []byte) []byte { return wire.AppendElement(b, 1, m.Data[:]) }

func (m *HandPage) ReadWire(r *wire.Reader) {
	for r.Next() {
		r.Array(m.Data[:])
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestLengthsAreCheckedBeforeTheyAreBelieved(t *testing.T) {
	for field := range byte(4) {
		lie := binary.AppendUvarint([]byte{(field+1)<<3 | 2}, 1<<40)
		var err error
		n := allocated(func() { err = wire.UnmarshalBody(lie, &Pages{}) })
		if !errors.Is(err, wire.ErrMalformed) || n > 64<<10 {
			t.Errorf("field %d: %d bytes allocated, error %v", field+1, n, err)
		}
	}
}

func TestMemoryIsBoundedWhereElementsAreEmpty(t *testing.T) {
	many := wire.MaxMemory/(64<<10) + 1
	list := bytes.Repeat([]byte{1<<3 | 2, 0}, many)
	ptrs := bytes.Repeat([]byte{3<<3 | 2, 0}, many)
	maps := bytes.Repeat([]byte{2<<3 | 2, 0}, many)
	for _, c := range []struct {
		name string
		body []byte
		m    any
		most uint64
	}{
		{"slice", list, &Pages{}, 1 << 20},
		{"slice by hand", list, &HandPages{}, 1 << 20},
		{"map", maps, &Pages{}, 1 << 20},
		{"pointers", ptrs, &Pages{}, wire.MaxMemory + 1<<20},
	} {
		var err error
		n := allocated(func() { err = wire.UnmarshalBody(c.body, c.m) })
		if !errors.Is(err, wire.ErrTooLarge) || n > c.most {
			t.Errorf("%s: %d bytes allocated for %d, error %v", c.name, n, len(c.body), err)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	deep := &Kinds{}
	for range wire.MaxDepth - 1 {
		deep = &Kinds{Tree: deep}
	}
	b, err := wire.Marshal(deep)
	if err != nil {
		t.Fatalf("depth of MaxDepth: %v", err)
	}
	if _, err := wire.Unmarshal(b); err != nil {
		t.Fatalf("depth of MaxDepth: %v", err)
	}
	if _, err := wire.Marshal(&Kinds{Tree: deep}); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("encode deeper: %v", err)
	}
	deeper := append(b[:4:4], 24<<3&0x7f|2|0x80, 24<<3>>7) // the type, the tag of Tree
	deeper = append(binary.AppendUvarint(deeper, uint64(len(b)-4)), b[4:]...)
	if _, err := wire.Unmarshal(deeper); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("decode deeper: %v", err)
	}
}

// Knot has two ways into itself: a walk without a bound would not end.
type Knot struct {
	L *Knot   `wire:"1"`
	R *Knot   `wire:"2"`
	S []*Knot `wire:"3"`
	I any     `wire:"4"`
}

var _ = wire.Register[Knot]("wire_test.Knot")

func TestValueThatContainsItselfIsRefused(t *testing.T) {
	k := &Knot{}
	k.L, k.R, k.S, k.I = k, k, []*Knot{k, k}, k
	if n := wire.Size(k); n != 0 {
		t.Errorf("Size says %d", n)
	}
	if _, err := wire.Marshal(k); !errors.Is(err, wire.ErrTooLarge) {
		t.Error(err)
	}
}

func TestPartThatIsSharedTooOftenIsRefused(t *testing.T) {
	k := &Knot{I: &Inner{Name: string(make([]byte, 1<<10))}}
	for range 30 {
		k = &Knot{L: k, R: k}
	}
	if n := wire.Size(k); n != 0 {
		t.Errorf("Size says %d", n)
	}
	if _, err := wire.Marshal(k); !errors.Is(err, wire.ErrTooLarge) {
		t.Error(err)
	}
}

func TestSizeIsBounded(t *testing.T) {
	b := []byte("before")
	out, err := wire.Append(b, &Kinds{Bytes: make([]byte, wire.MaxSize)})
	if !errors.Is(err, wire.ErrTooLarge) || !bytes.Equal(out, b) {
		t.Errorf("encode: %d bytes, error %v", len(out), err)
	}
	if _, err := wire.Unmarshal(make([]byte, wire.MaxSize+1)); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("decode: %v", err)
	}
}

func TestBoundsHoldForEncodersByHand(t *testing.T) {
	if _, err := wire.AppendBody(nil, &ByHand{Bytes: make([]byte, wire.MaxSize)}); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("size: %v", err)
	}
	deep := &Kinds{Any: &ByHand{Parts: make([]HandPart, 1)}}
	for range wire.MaxDepth - 2 {
		deep = &Kinds{Tree: deep}
	}
	if _, err := wire.Marshal(deep); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("depth: %v", err)
	}
	nested := reflect.TypeFor[Inner]()
	for range wire.MaxDepth / 2 {
		nested = reflect.StructOf([]reflect.StructField{{Name: "List", Type: reflect.SliceOf(nested), Tag: `wire:"1"`}})
	}
	if err := wire.CheckFlat(nested, nil); !errors.Is(err, wire.ErrUnencodable) {
		t.Errorf("depth of the type: %v", err)
	}
}
