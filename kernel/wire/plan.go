package wire

import (
	"fmt"
	"reflect"
	"strconv"
	"unsafe"
)

// A plan is how to encode and decode one struct type. It is made once per type
// and never changes.
type plan struct {
	typ    reflect.Type
	fields []field // in order of their numbers
	fast   bool    // *typ encodes and decodes itself
}

type field struct {
	number int
	kind   kind
	offset uintptr
	codec  codec
	name   string
}

func (s *plan) size(p unsafe.Pointer, depth int) (n int) {
	if depth > MaxDepth {
		return MaxSize + 1
	}
	for i := range s.fields {
		n += s.fields[i].codec.size(unsafe.Add(p, s.fields[i].offset), depth)
		if n > MaxSize {
			break // of a value that contains itself, or some part a million times
		}
	}
	return n
}

func (s *plan) append(b []byte, p unsafe.Pointer, depth int) (_ []byte, err error) {
	if depth > MaxDepth {
		return b, fmt.Errorf("%w: messages nest deeper than %d", ErrTooLarge, MaxDepth)
	}
	start := len(b)
	for i := range s.fields {
		f := &s.fields[i]
		if b, err = f.codec.append(b, unsafe.Add(p, f.offset), depth); err != nil {
			return b, within(f.name, err)
		}
		if len(b)-start > MaxSize {
			return b, tooLong(len(b) - start)
		}
	}
	return b, nil
}

func tooLong(n int) error {
	return fmt.Errorf("%w: %d bytes or more, where %d are allowed", ErrTooLarge, n, MaxSize)
}

// read fills in a zero struct. Fields come in order of their numbers, so one
// pass over the plan finds them.
func (s *plan) read(r *Reader, p unsafe.Pointer) {
	rest := s.fields
	for r.Next() {
		for len(rest) > 0 && rest[0].number < r.field {
			rest = rest[1:]
		}
		if len(rest) == 0 || rest[0].number != r.field {
			r.Skip()
			continue
		}
		if r.want(rest[0].kind) {
			rest[0].codec.read(r, unsafe.Add(p, rest[0].offset))
		}
		if r.err != nil {
			r.err.within(rest[0].name)
			return
		}
	}
}

// name returns the name of a field of the struct, for errors.
func (s *plan) name(number int) string {
	for _, f := range s.fields {
		if f.number == number {
			return f.name
		}
	}
	return strconv.Itoa(number)
}
