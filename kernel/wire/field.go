package wire

import (
	"reflect"
	"unsafe"
)

// A codec encodes one field of a struct, its tags included.
type codec interface {
	size(p unsafe.Pointer, depth int) int
	append(b []byte, p unsafe.Pointer, depth int) ([]byte, error)
	// read is called behind the first tag of the field.
	read(r *Reader, p unsafe.Pointer)
}

// single is a field that comes once, or not at all if it is zero (I4).
type single struct {
	tag tag
	of  element
}

func (f single) size(p unsafe.Pointer, depth int) int {
	if f.of.zero(p) {
		return 0
	}
	return f.tag.size() + f.of.size(p, depth)
}

func (f single) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	if f.of.zero(p) {
		return b, nil
	}
	return f.of.append(f.tag.append(b), p, depth)
}

func (f single) read(r *Reader, p unsafe.Pointer) {
	if r.again {
		r.fail(ErrMalformed, "field comes twice")
		return
	}
	f.of.read(r, p)
	r.nonzero(!f.of.zero(p))
}

// embedded is a struct inside a struct. It is left out when its body is empty.
// A body of fields that only a later version knows is not: it stands for the
// zero struct here.
type embedded struct {
	tag tag
	of  *plan
}

func (f embedded) size(p unsafe.Pointer, depth int) int {
	n := f.of.size(p, depth)
	if n == 0 {
		return 0
	}
	return f.tag.size() + countedSize(n)
}

func (f embedded) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	start := len(b)
	b, at := open(f.tag.append(b))
	b, err := f.of.append(b, p, depth)
	if err != nil || len(b) == at {
		return b[:start], err
	}
	return shut(b, at), nil
}

func (f embedded) read(r *Reader, p unsafe.Pointer) {
	if r.again {
		r.fail(ErrMalformed, "field comes twice")
		return
	}
	if !r.nonzero(r.pos < r.end && r.buf[r.pos] != 0) {
		return
	}
	if outer, ok := r.enter(); ok {
		f.of.read(r, p)
		r.leave(outer)
	}
}

// repeated is a slice whose elements come one by one, a tag before each.
type repeated struct {
	tag tag
	of  element
	typ reflect.Type // of the slice
}

func (f repeated) size(p unsafe.Pointer, depth int) (n int) {
	s, step := (*header)(p), f.typ.Elem().Size()
	for i := 0; i < s.len && n <= MaxSize; i++ {
		n += f.of.size(unsafe.Add(s.data, uintptr(i)*step), depth)
	}
	return n + s.len*f.tag.size()
}

func (f repeated) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	s, step, start := (*header)(p), f.typ.Elem().Size(), len(b)
	for i := range s.len {
		var err error
		b, err = f.of.append(f.tag.append(b), unsafe.Add(s.data, uintptr(i)*step), depth)
		if err != nil {
			return b, err
		}
		if len(b)-start > MaxSize {
			return b, tooLong(len(b) - start)
		}
	}
	return b, nil
}

// read takes all elements at once.
func (f repeated) read(r *Reader, p unsafe.Pointer) {
	n, step := r.count(), f.typ.Elem().Size()
	if r.err != nil || !r.charge(n, step) {
		return
	}
	grow(f.typ, p, n)
	s := (*header)(p)
	for i := range n {
		f.of.read(r, unsafe.Add(s.data, uintptr(i)*step))
		if r.err != nil || !r.another(f.tag) {
			return
		}
	}
}
