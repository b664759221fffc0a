package wire

import (
	"fmt"
	"reflect"
	"sync"
)

// Unmarshal decodes one registered message, which takes all of b. The message
// shares no memory with b. An error is a *DecodeError.
func Unmarshal(b []byte) (any, error) { return unmarshal(b, false) }

// UnmarshalAlias is Unmarshal for who gives b away: byte slices and strings of
// the message point into b, which nobody may write to as long as the message,
// or any part of it, is in use. It also keeps all of b from being collected.
func UnmarshalAlias(b []byte) (any, error) { return unmarshal(b, true) }

// UnmarshalBody decodes what AppendBody wrote into *m. What *m held before is
// gone, also after an error. It shares no memory with b.
func UnmarshalBody(b []byte, m any) error { return unmarshalBody(b, m, false) }

// UnmarshalBodyAlias is to UnmarshalBody what UnmarshalAlias is to Unmarshal.
func UnmarshalBodyAlias(b []byte, m any) error { return unmarshalBody(b, m, true) }

// readers spares every decoding the allocation of its Reader.
var readers = sync.Pool{New: func() any { return new(Reader) }}

func newReader(b []byte, alias bool) *Reader {
	r := readers.Get().(*Reader)
	*r = Reader{buf: b, end: len(b), alias: alias, depth: 1, memory: MaxMemory}
	if len(b) > MaxSize {
		r.fail(ErrTooLarge, "%d bytes, where %d are allowed", len(b), MaxSize)
	}
	return r
}

// close returns the error of the walk, if there is one.
func (r *Reader) close() error {
	err, name := r.err, r.name
	*r = Reader{}
	readers.Put(r)
	if err == nil {
		return nil
	}
	err.Type = name
	return err
}

func unmarshal(b []byte, alias bool) (any, error) {
	r := newReader(b, alias)
	var m any
	if r.err == nil {
		m = r.registered()
	}
	if err := r.close(); err != nil {
		return nil, err
	}
	return m, nil
}

func unmarshalBody(b []byte, m any, alias bool) error {
	s, _, err := planned(m)
	if err != nil {
		return fmt.Errorf("wire: decode %T: %w", m, err)
	}
	reflect.ValueOf(m).Elem().SetZero()
	r := newReader(b, alias)
	r.name = s.typ.String()
	if r.err == nil {
		s.readMessage(r, m)
	}
	return r.close()
}

func (s *plan) readMessage(r *Reader, m any) {
	if !s.fast {
		s.read(r, reflect.ValueOf(m).UnsafePointer())
		return
	}
	r.byHand(m.(Decoder))
}
