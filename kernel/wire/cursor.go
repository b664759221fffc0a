package wire

import (
	"bytes"
	"encoding/binary"
	"time"
	"unsafe"
)

// The methods below read a value where its tag has been dealt with.

// uvarint reads what is one or two bytes long, as most tags, lengths and terms
// are, and leaves the rest to longUvarint. A second byte of zero is not the
// shortest form (I2).
func (r *Reader) uvarint() uint64 {
	b := r.buf[r.pos:r.end]
	if len(b) > 0 && b[0] < 0x80 {
		r.pos++
		return uint64(b[0])
	}
	if len(b) > 1 && b[1]-1 < 0x7f {
		r.pos += 2
		return uint64(b[0]&0x7f) | uint64(b[1])<<7
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
	case !r.charge(len(v), 1):
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
	case !r.charge(len(v), 1):
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

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
