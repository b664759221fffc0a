package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"time"
	"unsafe"
)

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
	memory   int    // what may still be allocated, in bytes
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

// Bool reads a boolean field.
func (r *Reader) Bool() bool { return r.Uint(1) == 1 }

// Uint reads an unsigned integer of as many bits.
func (r *Reader) Uint(bits int) uint64 {
	if !r.single(varint) {
		return 0
	}
	v := r.uint(bits)
	r.nonzero(v != 0)
	return v
}

// Int reads a signed integer of as many bits.
func (r *Reader) Int(bits int) int64 {
	if !r.single(varint) {
		return 0
	}
	v := r.int(bits)
	r.nonzero(v != 0)
	return v
}

// Float64 reads a field written by AppendFloat64.
func (r *Reader) Float64() float64 {
	if !r.single(fixed64) {
		return 0
	}
	v := r.fixed64()
	r.nonzero(v != 0)
	return math.Float64frombits(v)
}

// Float32 reads a field written by AppendFloat32.
func (r *Reader) Float32() float32 {
	if !r.single(fixed32) {
		return 0
	}
	v := r.fixed32()
	r.nonzero(v != 0)
	return math.Float32frombits(v)
}

// Bytes reads a field written by AppendBytes.
func (r *Reader) Bytes() []byte {
	if !r.single(counted) {
		return nil
	}
	v := r.bytes()
	r.nonzero(len(v) > 0)
	return v
}

// String reads a field written by AppendBytes.
func (r *Reader) String() string {
	if !r.single(counted) {
		return ""
	}
	v := r.string()
	r.nonzero(len(v) > 0)
	return v
}

// Array reads an array of bytes into dst, which is all of it.
func (r *Reader) Array(dst []byte) {
	if r.single(counted) {
		r.array(dst)
		r.nonzero(!allZero(dst))
	}
}

// Time reads a field written by AppendTime, in UTC.
func (r *Reader) Time() time.Time {
	if !r.single(counted) {
		return time.Time{}
	}
	v := r.time()
	r.nonzero(!v.IsZero())
	return v
}

// Message reads a struct field that is no pointer.
func (r *Reader) Message(m Decoder) {
	if r.single(counted) && r.nonzero(r.pos < r.end && r.buf[r.pos] != 0) {
		r.message(m, (*Reader).enter)
	}
}

// Optional reads the target of a pointer field.
func (r *Reader) Optional(m Decoder) {
	if r.single(counted) {
		r.message(m, (*Reader).descend)
	}
}

// Element reads one element of a slice of slices of bytes.
func (r *Reader) Element() []byte {
	if !r.want(counted) {
		return nil
	}
	return r.bytes()
}

// ElementString reads one element of a slice of strings.
func (r *Reader) ElementString() string {
	if !r.want(counted) {
		return ""
	}
	return r.string()
}

// ElementArray reads one element of a slice of arrays into dst, which is all of
// it.
func (r *Reader) ElementArray(dst []byte) {
	if r.want(counted) {
		r.array(dst)
	}
}

// MessageElement reads one struct of a slice.
func (r *Reader) MessageElement(m Decoder) {
	if r.want(counted) {
		r.message(m, (*Reader).descend)
	}
}

// AppendZero appends a zero element to the slice that the current field
// belongs to, for the element to be read into. At the first of them it makes
// room for as many as follow, within MaxMemory.
func AppendZero[T any](r *Reader, s []T) []T {
	var zero T
	if !r.again {
		n := r.count()
		if !r.charge(n * int(unsafe.Sizeof(zero))) {
			n = 0
		}
		s = make([]T, 0, n)
	}
	return append(s, zero)
}

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

// nonzero rejects a value that Append would have left out (C4).
func (r *Reader) nonzero(ok bool) bool {
	if !ok && r.err == nil {
		return r.fail(ErrMalformed, "a zero value is written out")
	}
	return ok
}

// charge accounts for memory before it is allocated.
func (r *Reader) charge(n int) bool {
	if r.memory -= n; r.memory < 0 {
		return r.fail(ErrTooLarge, "decoding takes more than %d MiB", MaxMemory>>20)
	}
	return true
}

// The methods below read a value where its tag has been dealt with.

func (r *Reader) uvarint() uint64 {
	if r.pos < r.end {
		if c := r.buf[r.pos]; c < 0x80 {
			r.pos++
			return uint64(c)
		}
	}
	return r.longUvarint()
}

func (r *Reader) longUvarint() (v uint64) {
	for i, c := range r.buf[r.pos:r.end] {
		if i == binary.MaxVarintLen64-1 && c > 1 {
			r.fail(ErrMalformed, "integer exceeds 64 bits")
			return 0
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c >= 0x80 {
			continue
		}
		if c == 0 {
			r.fail(ErrMalformed, "integer is not in its shortest form")
			return 0
		}
		r.pos += i + 1
		return v
	}
	r.fail(ErrMalformed, "ends within an integer")
	return 0
}

func (r *Reader) uint(bits int) uint64 {
	v := r.uvarint()
	if bits < 64 && v>>bits != 0 {
		r.fail(ErrMalformed, "%d exceeds %d bits", v, bits)
		return 0
	}
	return v
}

func (r *Reader) int(bits int) int64 {
	return unzigzag(r.uint(bits))
}

func (r *Reader) fixed64() uint64 {
	if r.end-r.pos < 8 {
		r.fail(ErrMalformed, "ends within a float")
		return 0
	}
	r.pos += 8
	return binary.LittleEndian.Uint64(r.buf[r.pos-8:])
}

func (r *Reader) fixed32() uint32 {
	if r.end-r.pos < 4 {
		r.fail(ErrMalformed, "ends within a float")
		return 0
	}
	r.pos += 4
	return binary.LittleEndian.Uint32(r.buf[r.pos-4:])
}

// span reads a length and returns the bytes that it counts, in place.
func (r *Reader) span() []byte {
	n := r.uvarint()
	if n > uint64(r.end-r.pos) {
		r.fail(ErrMalformed, "length %d, and %d bytes are left", n, r.end-r.pos)
		return nil
	}
	r.pos += int(n)
	return r.buf[r.pos-int(n) : r.pos : r.pos]
}

func (r *Reader) bytes() []byte {
	v := r.span()
	switch {
	case len(v) == 0:
		return nil
	case r.alias:
		return v
	case !r.charge(len(v)):
		return nil
	}
	return bytes.Clone(v)
}

func (r *Reader) string() string {
	v := r.span()
	switch {
	case len(v) == 0:
		return ""
	case r.alias:
		return unsafe.String(&v[0], len(v))
	case !r.charge(len(v)):
		return ""
	}
	return string(v)
}

func (r *Reader) array(dst []byte) {
	v := r.span()
	if r.err == nil && len(v) != len(dst) {
		r.fail(ErrMalformed, "%d bytes for an array of %d", len(v), len(dst))
		return
	}
	copy(dst, v)
}

func (r *Reader) time() time.Time {
	outer, ok := r.enter()
	if !ok {
		return time.Time{}
	}
	var seconds int64
	var nanos uint64
	for r.Next() {
		switch r.field {
		case 1:
			seconds = r.Int(64)
		case 2:
			if nanos = r.Uint(32); nanos >= 1e9 {
				r.Failf("%d nanoseconds in a second", nanos)
			}
		default:
			r.Failf("a time has no field %d", r.field)
		}
	}
	r.leave(outer)
	return time.Unix(seconds, int64(nanos)).UTC()
}

// message reads a nested message by its own decoder.
func (r *Reader) message(m Decoder, begin func(*Reader) (outer, bool)) {
	if outer, ok := begin(r); ok {
		m.ReadWire(r)
		r.blame(m)
		r.leave(outer)
	}
}

// outer is what a Reader returns to when a nested message ends.
type outer struct{ end, field, depth int }

// enter begins a nested message.
func (r *Reader) enter() (outer, bool) {
	o := outer{r.end, r.field, r.depth}
	n := len(r.span())
	if r.err != nil {
		return o, false
	}
	r.end, r.pos, r.field = r.pos, r.pos-n, 0
	return o, true
}

// descend is enter for whatever a type may hold without end: by a pointer, a
// slice, a map or an interface. Structs within structs are no such case.
func (r *Reader) descend() (outer, bool) {
	if r.depth == MaxDepth {
		return outer{}, r.fail(ErrTooLarge, "messages nest deeper than %d", MaxDepth)
	}
	o, ok := r.enter()
	r.depth++
	return o, ok
}

func (r *Reader) leave(o outer) {
	r.pos, r.end, r.field, r.depth = r.end, o.end, o.field, o.depth
}

// count returns how many elements with the current tag follow one another, and
// so how much room to make for them.
func (r *Reader) count() int {
	here, n := r.pos, 0
	t := uint64(makeTag(r.field, r.kind))
	for r.err == nil {
		r.Skip()
		n++
		if r.pos >= r.end || r.uvarint() != t {
			break
		}
	}
	r.pos = here
	return n
}

// another passes over the next tag if it is t.
func (r *Reader) another(t tag) bool {
	here := r.pos
	if here >= r.end || r.uvarint() != uint64(t) {
		r.pos = here
		return false
	}
	return r.err == nil
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
