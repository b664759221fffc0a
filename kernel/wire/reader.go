package wire

import "fmt"

// Reader walks through the fields of one message. It accepts what Append
// writes and nothing else, so one value has one encoding (see the package
// comment). The first error ends the walk: Next returns false from then on,
// and all other methods return zero values.
//
// A hand-written decoder is a loop:
//
//	func (m *Vote) ReadWire(r *wire.Reader) {
//		for r.Next() {
//			switch r.Field() {
//			case 1:
//				m.Term = Term(r.Uint(64))
//			case 2:
//				m.Granted = r.Bool()
//			default:
//				r.Skip()
//			}
//		}
//	}
type Reader struct {
	buf      []byte
	pos, end int // what is left of the innermost message
	field    int // the current field, and its kind
	kind     kind
	again    bool // the field before had the same number
	alias    bool // byte slices and strings may point into buf
	depth    int
	memory   int64  // what may still be allocated, in bytes
	unknown  int    // fields passed over
	name     string // of the outermost type, for errors
	err      *DecodeError
}

// Next moves on to the next field. It returns false at the end of the message
// and after an error.
func (r *Reader) Next() bool {
	if r.err != nil || r.pos >= r.end {
		return false
	}
	t := r.uvarint()
	if r.err != nil {
		return false
	}
	field := t >> 3
	if field == 0 || field > MaxField {
		return r.fail(ErrMalformed, "there is no field %d", field)
	}
	if int(field) < r.field {
		return r.fail(ErrMalformed, "field %d follows field %d", field, r.field)
	}
	r.again, r.field, r.kind = int(field) == r.field, int(field), kind(t&7)
	return true
}

// Field returns the number of the current field.
func (r *Reader) Field() int { return r.field }

// Skip passes over a field that the reader's version does not know.
func (r *Reader) Skip() {
	r.unknown++
	r.skip()
}

func (r *Reader) skip() {
	switch r.kind {
	case varint:
		r.uvarint()
	case fixed64:
		r.fixed64()
	case counted:
		r.span()
	case fixed32:
		r.fixed32()
	default:
		r.fail(ErrMalformed, "there is no wire type %d", r.kind)
	}
}

// Failf rejects the message for a reason of its own type's.
func (r *Reader) Failf(format string, args ...any) { r.fail(ErrMalformed, format, args...) }

// fail records the first error and stops the walk.
func (r *Reader) fail(err error, format string, args ...any) bool {
	if r.err == nil {
		r.err = &DecodeError{Offset: r.pos, Reason: fmt.Sprintf(format, args...), Err: err}
	}
	r.pos = r.end
	return false
}

// want checks that the current field has a kind.
func (r *Reader) want(k kind) bool {
	if r.kind != k {
		return r.fail(ErrMalformed, "wire type %d where %d belongs", r.kind, k)
	}
	return true
}

// single checks in addition that it comes once.
func (r *Reader) single(k kind) bool {
	if !r.again && r.kind == k {
		return true
	}
	return r.want(k) && r.fail(ErrMalformed, "field comes twice")
}

// nonzero rejects a value that Append would have left out (I4).
func (r *Reader) nonzero(ok bool) bool {
	if !ok && r.err == nil {
		return r.fail(ErrMalformed, "a zero value is written out")
	}
	return ok
}

// charge accounts for n values of so many bytes before they are allocated.
func (r *Reader) charge(n int, size uintptr) bool {
	if r.memory -= int64(n) * int64(size); r.memory < 0 {
		return r.fail(ErrTooLarge, "decoding takes more than %d MiB", MaxMemory>>20)
	}
	return true
}
