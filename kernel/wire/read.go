package wire

import (
	"math"
	"time"
	"unsafe"
)

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
		if !r.charge(n, unsafe.Sizeof(zero)) {
			n = 0
		}
		s = make([]T, 0, n)
	}
	return append(s, zero)
}
