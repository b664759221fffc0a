package wire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/wire"
)

// The comments name the rule of the package comment that each input breaks.
var malformed = []struct {
	name, body, path, reason string
	offset                   int
}{
	{"I1 order", "\x10\x02\x08\x01", "", "field 1 follows field 2", 3},
	{"I1 twice", "\x08\x01\x08\x01", "Bool", "comes twice", 3},
	{"I1 integer twice", "\x58\x01\x58\x01", "Uint64", "comes twice", 3},
	{"I1 string twice", "\x72\x01a\x72\x01a", "String", "comes twice", 4},
	{"I1 bytes twice", "\x7a\x01a\x7a\x01a", "Bytes", "comes twice", 4},
	{"I1 embedded twice", "\xaa\x01\x02\x10\x02\xaa\x01\x02\x10\x02", "Inner", "comes twice", 7},
	{"I2 long integer", "\x10\x82\x00", "Int", "shortest form", 1},
	{"I2 long tag", "\x90\x00\x02", "", "shortest form", 0},
	{"I2 long length", "\x72\x81\x00s", "String", "shortest form", 1},
	{"I2 skipped integer", "\xf8\x07\x81\x00", "", "shortest form", 2},
	{"I3 range", "\x40\x80\x02", "Uint8", "exceeds 8 bits", 3},
	{"I3 signed range", "\x18\x80\x02", "Int8", "exceeds 8 bits", 3},
	{"I3 no boolean", "\x08\x02", "Bool", "exceeds 1 bits", 2},
	{"I3 over 64 bits", "\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "Uint64", "exceeds 64 bits", 1},
	{"I3 array length", "\x82\x01\x01x", "Digest", "1 bytes for an array of 8", 4},
	{"I3 nanoseconds", "\x92\x01\x06\x10\x80\x94\xeb\xdc\x03", "Time", "1000000000 nanoseconds", 9},
	{"I3 field of time", "\x92\x01\x02\x18\x01", "Time", "no field 3", 4},
	{"I4 zero integer", "\x10\x00", "Int", "zero value", 2},
	{"I4 false", "\x08\x00", "Bool", "zero value", 2},
	{"I4 zero float", "\x69\x00\x00\x00\x00\x00\x00\x00\x00", "Float64", "zero value", 9},
	{"I4 empty string", "\x72\x00", "String", "zero value", 2},
	{"I4 empty struct", "\xaa\x01\x00", "Inner", "zero value", 2},
	{"I4 zero array", "\x82\x01\x08\x00\x00\x00\x00\x00\x00\x00\x00", "Digest", "zero value", 11},
	{"I4 empty slice of numbers", "\xd2\x01\x00", "Ints", "zero value", 3},
	{"I4 zero in a nested struct", "\xaa\x01\x02\x10\x00", "Inner.Value", "zero value", 5},
	{"I5 keys", "\xa2\x02\x03\x0a\x01b\xa2\x02\x03\x0a\x01a", "ByName", "out of order", 12},
	{"I5 key twice", "\xa2\x02\x00\xa2\x02\x00", "ByName", "out of order", 6},
	{"kind", "\x0a\x01x", "Bool", "wire type 2 where 0 belongs", 1},
	{"no such kind", "\xfb\x07", "", "no wire type 3", 2},
	{"field zero", "\x00", "", "no field 0", 1},
	{"field too far", "\x80\x80\x80\x80\x10", "", "no field 536870912", 5},
	{"truncated integer", "\x10\x80", "Int", "ends within an integer", 1},
	{"truncated float", "\x69\x01", "Float64", "ends within a float", 1},
	{"truncated single", "\x65\x01", "Float32", "ends within a float", 1},
	{"truncated string", "\x72\x05ab", "String", "length 5, and 2 bytes are left", 2},
	{"nested beyond its end", "\xaa\x01\x02\x0a\x05abcde", "Inner.Name", "length 5, and 0 bytes are left", 5},
	{"truncated number in a slice", "\xd2\x01\x02\x02\x80", "Ints", "1 stray bytes after 1 numbers", 4},
	{"truncated float in a slice", "\xe2\x01\x09123456789", "Floats", "ends within a float", 11},
	{"type of an interface", "\xca\x02\x02ab", "Any", "ends within the type", 3},
	{"type that an interface does not admit", "\xd2\x02\x04\x79\x7d\xe5\x63", "Shape", "*wire_test.Inner in a field of wire_test.Shape", 7},
}

func TestMalformedInputIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range malformed {
		err := wire.UnmarshalBody([]byte(c.body), &Kinds{})
		var e *wire.DecodeError
		if !errors.As(err, &e) || !errors.Is(err, wire.ErrMalformed) {
			t.Errorf("%s: error %v", c.name, err)
			continue
		}
		if e.Path != c.path || e.Offset != c.offset || !strings.Contains(e.Reason, c.reason) || e.Type != "wire_test.Kinds" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestErrorSaysTypeFieldAndPlace(t *testing.T) {
	_, err := wire.Unmarshal(append(mustMarshal(t, &Kinds{}), "\xaa\x01\x02\x10\x00"...))
	const want = "wire: decode wire_test.Kinds.Inner.Value at byte 9: malformed message: a zero value is written out"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	_, err = wire.Marshal(&Kinds{Tree: &Kinds{Pointers: []*Inner{nil}}})
	const wantEncode = "wire: encode wire_test.Kinds.Tree.Pointers: value cannot be encoded: a slice or map holds a nil *wire_test.Inner"
	if err == nil || err.Error() != wantEncode {
		t.Errorf("got  %v\nwant %s", err, wantEncode)
	}
}

func TestErrorByHandSaysTheSame(t *testing.T) {
	err := wire.UnmarshalBody([]byte("\x6a\x02\x10\x00"), &ByHand{})
	var e *wire.DecodeError
	if !errors.As(err, &e) || e.Path != "Parts.Value" || e.Offset != 4 {
		t.Error(err)
	}
}

func TestTypeWithoutANameIsRefused(t *testing.T) {
	type stranger struct{}
	for name, err := range map[string]error{
		"message":      second(wire.Marshal(&stranger{})),
		"value":        second(wire.Marshal(Inner{})),
		"nothing":      second(wire.Marshal(nil)),
		"in interface": second(wire.Marshal(&Kinds{Any: &stranger{}})),
		"on the wire":  second(wire.Unmarshal([]byte("\x00\x00\x00\x01"))),
	} {
		if !errors.Is(err, wire.ErrUnregistered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"nil pointer":    second(wire.Marshal((*Inner)(nil))),
		"nil element":    second(wire.Marshal(&Kinds{Anys: []any{(*Inner)(nil)}})),
		"body by value":  second(wire.AppendBody(nil, Inner{})),
		"into a value":   wire.UnmarshalBody(nil, Inner{}),
		"into a nil":     wire.UnmarshalBody(nil, (*Inner)(nil)),
		"into an int":    wire.UnmarshalBody(nil, new(int)),
		"without fields": second(wire.AppendBody(nil, &struct{ A int }{})),
	} {
		if !errors.Is(err, wire.ErrUnencodable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
