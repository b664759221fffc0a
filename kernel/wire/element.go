package wire

import (
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
	to  element
	typ reflect.Type // of the target
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
	if !r.charge(1, e.typ.Size()) {
		return
	}
	q := reflect.New(e.typ).UnsafePointer()
	*(*unsafe.Pointer)(p) = q
	e.to.read(r, q)
}

// countedSize returns the size of n bytes and their length.
func countedSize(n int) int { return uvarintSize(uint64(n)) + n }
