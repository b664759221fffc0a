package wire

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"
)

// kind is the wire type of protobuf: how to find the end of a field without
// knowing it.
type kind uint8

const (
	varint  kind = 0
	fixed64 kind = 1
	counted kind = 2 // a length, then as many bytes
	fixed32 kind = 5
)

// tag opens a field: its number and its kind, as one varint.
type tag uint64

func makeTag(field int, k kind) tag { return tag(field)<<3 | tag(k) }

func (t tag) size() int { return uvarintSize(uint64(t)) }

func (t tag) append(b []byte) []byte { return appendUvarint(b, uint64(t)) }

func appendUvarint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return binary.AppendUvarint(b, v)
}

func uvarintSize(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

func zigzag(v int64) uint64   { return uint64(v)<<1 ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// AppendUint appends an unsigned integer, unless it is zero.
func AppendUint[T ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uint](b []byte, field int, v T) []byte {
	if v == 0 {
		return b
	}
	return appendUvarint(makeTag(field, varint).append(b), uint64(v))
}

// AppendInt appends a signed integer, unless it is zero.
func AppendInt[T ~int8 | ~int16 | ~int32 | ~int64 | ~int](b []byte, field int, v T) []byte {
	if v == 0 {
		return b
	}
	return appendUvarint(makeTag(field, varint).append(b), zigzag(int64(v)))
}

// AppendBool appends true, and nothing for false.
func AppendBool(b []byte, field int, v bool) []byte {
	if !v {
		return b
	}
	return append(makeTag(field, varint).append(b), 1)
}

// AppendFloat64 appends a float, unless it is positive zero.
func AppendFloat64(b []byte, field int, v float64) []byte {
	if math.Float64bits(v) == 0 {
		return b
	}
	return binary.LittleEndian.AppendUint64(makeTag(field, fixed64).append(b), math.Float64bits(v))
}

// AppendFloat32 appends a float, unless it is positive zero.
func AppendFloat32(b []byte, field int, v float32) []byte {
	if math.Float32bits(v) == 0 {
		return b
	}
	return binary.LittleEndian.AppendUint32(makeTag(field, fixed32).append(b), math.Float32bits(v))
}

// AppendBytes appends a slice of bytes or a string, unless it is empty.
func AppendBytes[T ~[]byte | ~string](b []byte, field int, v T) []byte {
	if len(v) == 0 {
		return b
	}
	return AppendElement(b, field, v)
}

// AppendElement appends one element of a slice of strings or of slices of
// bytes; it may be empty. An array of bytes that is not all zero is an element
// too.
func AppendElement[T ~[]byte | ~string](b []byte, field int, v T) []byte {
	b = makeTag(field, counted).append(b)
	return append(appendUvarint(b, uint64(len(v))), v...)
}

// AppendTime appends an instant, unless it is the zero Time. Its location and
// its monotonic reading stay behind.
func AppendTime(b []byte, field int, v time.Time) []byte {
	if v.IsZero() {
		return b
	}
	b, at := open(makeTag(field, counted).append(b))
	return shut(appendTimeBody(b, v), at)
}

func appendTimeBody(b []byte, v time.Time) []byte {
	b = AppendInt(b, 1, v.Unix())
	return AppendUint(b, 2, uint32(v.Nanosecond()))
}

// AppendMessage appends a struct field that is no pointer, unless it is empty.
func AppendMessage(b []byte, field int, m Appender) []byte {
	start := len(b)
	b, at := open(makeTag(field, counted).append(b))
	if b = m.AppendWire(b); len(b) == at {
		return b[:start]
	}
	return shut(b, at)
}

// AppendMessageElement appends one struct of a slice, or the target of a
// pointer that is not nil. It may be empty.
func AppendMessageElement(b []byte, field int, m Appender) []byte {
	b, at := open(makeTag(field, counted).append(b))
	return shut(m.AppendWire(b), at)
}

// open leaves one byte for a length that is not known yet and returns where
// what it counts begins.
func open(b []byte) ([]byte, int) { return append(b, 0), len(b) + 1 }

// shut writes the length of what follows at. A length that needs more than the
// one byte moves the body: cheaper than to measure every message first.
func shut(b []byte, at int) []byte {
	n := len(b) - at
	if n < 0x80 {
		b[at-1] = byte(n)
		return b
	}
	var room [binary.MaxVarintLen64]byte
	more := binary.PutUvarint(room[:], uint64(n)) - 1
	b = append(b, room[:more]...)
	copy(b[at+more:], b[at:at+n])
	copy(b[at-1:], room[:more+1])
	return b
}
