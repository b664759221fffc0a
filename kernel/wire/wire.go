package wire

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"strings"
	"unsafe"
)

// A Codec is a message that encodes and decodes itself, because it is hot. It
// gives the bytes that its tags ask for and accepts what they accept;
// wiretest.Codec verifies both.
type Codec interface {
	Appender
	Decoder
}

// Appender appends the fields of the message in order of their numbers. It
// cannot fail, so it holds no interfaces and no pointers to itself.
type Appender interface{ AppendWire(b []byte) []byte }

// Decoder fills in a zero message from the fields that r walks through.
type Decoder interface{ ReadWire(r *Reader) }

// Append appends the encoding of a registered message: its type, then its
// body. It allocates nothing but room in b, and for maps. An error is an
// *EncodeError, and b is then as it was.
func Append(b []byte, m any) ([]byte, error) {
	out, err := appendMessage(b, m, 1)
	return finish(b, out, m, err)
}

// Marshal returns the encoding of a registered message in memory of its own.
func Marshal(m any) ([]byte, error) {
	b, err := Append(make([]byte, 0, Size(m)), m)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Size returns the length of the encoding of a registered message, and zero if
// it has none.
func Size(m any) int {
	e, p, err := registered(m)
	if err != nil {
		return 0
	}
	if n := idSize + e.plan.size(p, 1); n <= MaxSize {
		return n
	}
	return 0
}

// AppendBody appends the encoding of *m, a struct that need not be registered,
// without its type: a log record, a command, a page.
func AppendBody(b []byte, m any) ([]byte, error) {
	s, p, err := planned(m)
	if err != nil {
		return finish(b, b, m, err)
	}
	out, err := s.appendMessage(b, m, p, 1)
	return finish(b, out, m, err)
}

func appendMessage(b []byte, m any, depth int) ([]byte, error) {
	e, p, err := registered(m)
	if err != nil {
		return b, err
	}
	b = binary.BigEndian.AppendUint32(b, uint32(e.id))
	return e.plan.appendMessage(b, m, p, depth)
}

func (s *plan) appendMessage(b []byte, m any, p unsafe.Pointer, depth int) ([]byte, error) {
	if s.fast && depth <= MaxDepth/2 { // checkFlat has seen to the other half
		return m.(Appender).AppendWire(b), nil
	}
	return s.append(b, p, depth)
}

// finish checks the bound on a message and words the error.
func finish(b, out []byte, m any, err error) ([]byte, error) {
	if n := len(out) - len(b); err == nil && n > MaxSize {
		err = tooLong(n)
	}
	if err == nil {
		return out, nil
	}
	e, ok := err.(*EncodeError)
	if !ok {
		e = &EncodeError{Err: err}
	}
	e.Type = strings.TrimPrefix(fmt.Sprintf("%T", m), "*")
	return b, e
}

func planned(m any) (*plan, unsafe.Pointer, error) {
	v := reflect.ValueOf(m)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, nil, unencodable("it takes a pointer to a struct")
	}
	s, err := planOf(v.Type().Elem())
	return s, v.UnsafePointer(), err
}
