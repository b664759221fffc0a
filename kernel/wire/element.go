package wire

import (
	"cmp"
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"time"
	"unsafe"
)

// An element encodes one Go type as the value behind a tag. Its methods get the
// address of a value of that type; who calls them answers for it.
type element interface {
	kind() kind
	// zero tells whether a field with this value is left out.
	zero(p unsafe.Pointer) bool
	// size returns what append appends, in bytes.
	size(p unsafe.Pointer, depth int) int
	append(b []byte, p unsafe.Pointer, depth int) ([]byte, error)
	// read overwrites the value, which is zero.
	read(r *Reader, p unsafe.Pointer)
}

// A key is an element that a map may be ordered by.
type key interface {
	element
	compare(p, q unsafe.Pointer) int
}

type boolean struct{}

func (boolean) kind() kind                           { return varint }
func (boolean) zero(p unsafe.Pointer) bool           { return !*(*bool)(p) }
func (boolean) size(p unsafe.Pointer, depth int) int { return 1 }
func (boolean) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	if *(*bool)(p) {
		return append(b, 1), nil
	}
	return append(b, 0), nil
}
func (boolean) read(r *Reader, p unsafe.Pointer) { *(*bool)(p) = r.uint(1) == 1 }

type unsigned[T uint8 | uint16 | uint32 | uint64 | uint] struct{ bits int }

func (unsigned[T]) kind() kind                 { return varint }
func (unsigned[T]) zero(p unsafe.Pointer) bool { return *(*T)(p) == 0 }
func (unsigned[T]) size(p unsafe.Pointer, depth int) int {
	return uvarintSize(uint64(*(*T)(p)))
}
func (unsigned[T]) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return appendUvarint(b, uint64(*(*T)(p))), nil
}
func (u unsigned[T]) read(r *Reader, p unsafe.Pointer) { *(*T)(p) = T(r.uint(u.bits)) }
func (unsigned[T]) compare(p, q unsafe.Pointer) int    { return cmp.Compare(*(*T)(p), *(*T)(q)) }

type signed[T int8 | int16 | int32 | int64 | int] struct{ bits int }

func (signed[T]) kind() kind                 { return varint }
func (signed[T]) zero(p unsafe.Pointer) bool { return *(*T)(p) == 0 }
func (signed[T]) size(p unsafe.Pointer, depth int) int {
	return uvarintSize(zigzag(int64(*(*T)(p))))
}
func (signed[T]) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return appendUvarint(b, zigzag(int64(*(*T)(p)))), nil
}
func (s signed[T]) read(r *Reader, p unsafe.Pointer) { *(*T)(p) = T(r.int(s.bits)) }
func (signed[T]) compare(p, q unsafe.Pointer) int    { return cmp.Compare(*(*T)(p), *(*T)(q)) }

type double struct{}

func (double) kind() kind                           { return fixed64 }
func (double) zero(p unsafe.Pointer) bool           { return *(*uint64)(p) == 0 }
func (double) size(p unsafe.Pointer, depth int) int { return 8 }
func (double) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(*(*float64)(p))), nil
}
func (double) read(r *Reader, p unsafe.Pointer) { *(*uint64)(p) = r.fixed64() }

type float struct{}

func (float) kind() kind                           { return fixed32 }
func (float) zero(p unsafe.Pointer) bool           { return *(*uint32)(p) == 0 }
func (float) size(p unsafe.Pointer, depth int) int { return 4 }
func (float) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(*(*float32)(p))), nil
}
func (float) read(r *Reader, p unsafe.Pointer) { *(*uint32)(p) = r.fixed32() }

// text is a string or a slice of bytes.
type text[T string | []byte] struct{ get func(r *Reader) T }

func (text[T]) kind() kind                           { return counted }
func (text[T]) zero(p unsafe.Pointer) bool           { return len(*(*T)(p)) == 0 }
func (text[T]) size(p unsafe.Pointer, depth int) int { return countedSize(len(*(*T)(p))) }
func (text[T]) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	v := *(*T)(p)
	return append(appendUvarint(b, uint64(len(v))), v...), nil
}
func (t text[T]) read(r *Reader, p unsafe.Pointer) { *(*T)(p) = t.get(r) }

// word is a string, which can be a key.
type word struct{ text[string] }

func (word) compare(p, q unsafe.Pointer) int {
	return strings.Compare(*(*string)(p), *(*string)(q))
}

// array is an array of n bytes: a digest, a key, an address.
type array struct{ n int }

func (a array) at(p unsafe.Pointer) []byte           { return unsafe.Slice((*byte)(p), a.n) }
func (array) kind() kind                             { return counted }
func (a array) zero(p unsafe.Pointer) bool           { return allZero(a.at(p)) }
func (a array) size(p unsafe.Pointer, depth int) int { return countedSize(a.n) }
func (a array) read(r *Reader, p unsafe.Pointer)     { r.array(a.at(p)) }
func (a array) compare(p, q unsafe.Pointer) int      { return strings.Compare(a.text(p), a.text(q)) }
func (a array) text(p unsafe.Pointer) string         { return unsafe.String((*byte)(p), a.n) }
func (a array) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return append(appendUvarint(b, uint64(a.n)), a.at(p)...), nil
}

// instant is a time.Time.
type instant struct{}

func (instant) kind() kind                 { return counted }
func (instant) zero(p unsafe.Pointer) bool { return (*time.Time)(p).IsZero() }
func (instant) size(p unsafe.Pointer, depth int) int {
	var room [32]byte
	return countedSize(len(appendTimeBody(room[:0], *(*time.Time)(p))))
}
func (instant) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	b, at := open(b)
	return shut(appendTimeBody(b, *(*time.Time)(p)), at), nil
}
func (instant) read(r *Reader, p unsafe.Pointer) { *(*time.Time)(p) = r.time() }

// pointer is a pointer to a struct or to a scalar. It tells nil from zero.
type pointer struct {
	to   element
	typ  reflect.Type // of the target
	room int          // its size in memory
}

func (e pointer) kind() kind                 { return e.to.kind() }
func (e pointer) zero(p unsafe.Pointer) bool { return *(*unsafe.Pointer)(p) == nil }
func (e pointer) size(p unsafe.Pointer, depth int) int {
	if e.zero(p) {
		return 0
	}
	return e.to.size(*(*unsafe.Pointer)(p), depth)
}
func (e pointer) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	if e.zero(p) {
		return b, unencodable("a slice or map holds a nil *%v", e.typ)
	}
	return e.to.append(b, *(*unsafe.Pointer)(p), depth)
}
func (e pointer) read(r *Reader, p unsafe.Pointer) {
	if !r.charge(e.room) {
		return
	}
	q := reflect.New(e.typ).UnsafePointer()
	*(*unsafe.Pointer)(p) = q
	e.to.read(r, q)
}

// countedSize returns the size of n bytes and their length.
func countedSize(n int) int { return uvarintSize(uint64(n)) + n }
