package wire

import (
	"reflect"
	"unsafe"
)

// packed is a slice of numbers: all of them in one field, without tags.
type packed struct {
	of  element
	typ reflect.Type // of the slice
}

// header is what a slice is made of.
type header struct {
	data     unsafe.Pointer
	len, cap int
}

// grow makes room for n zero elements in an empty slice, and sets its length.
func grow(typ reflect.Type, p unsafe.Pointer, n int) {
	s := reflect.NewAt(typ, p).Elem()
	s.Grow(n)
	s.SetLen(n)
}

func (packed) kind() kind                 { return counted }
func (packed) zero(p unsafe.Pointer) bool { return (*header)(p).len == 0 }

func (e packed) size(p unsafe.Pointer, depth int) int { return countedSize(e.sizeBody(p, depth)) }

func (e packed) sizeBody(p unsafe.Pointer, depth int) (n int) {
	s, step := (*header)(p), e.typ.Elem().Size()
	for i := range s.len {
		n += e.of.size(unsafe.Add(s.data, uintptr(i)*step), depth)
	}
	return n
}

func (e packed) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	s, step := (*header)(p), e.typ.Elem().Size()
	b, at := open(b)
	for i := range s.len {
		b, _ = e.of.append(b, unsafe.Add(s.data, uintptr(i)*step), depth) // numbers always have an encoding
	}
	return shut(b, at), nil
}

func (e packed) read(r *Reader, p unsafe.Pointer) {
	body := r.span()
	n, step := e.count(body), e.typ.Elem().Size()
	if n == 0 || !r.charge(n, step) {
		return
	}
	grow(e.typ, p, n)
	s, end := (*header)(p), r.end
	r.end, r.pos = r.pos, r.pos-len(body)
	for i := 0; i < n && r.err == nil; i++ {
		e.of.read(r, unsafe.Add(s.data, uintptr(i)*step))
	}
	if r.pos < r.end {
		r.fail(ErrMalformed, "%d stray bytes after %d numbers", r.end-r.pos, n)
	}
	r.pos, r.end = r.end, end
}

// count returns how many numbers body holds. Damage shows when they are read:
// a varint that does not end, or bytes left over.
func (e packed) count(body []byte) (n int) {
	switch e.of.kind() {
	case fixed64:
		return (len(body) + 7) / 8
	case fixed32:
		return (len(body) + 3) / 4
	}
	for _, c := range body {
		if c < 0x80 {
			n++
		}
	}
	if n == 0 && len(body) > 0 {
		return 1
	}
	return n
}
