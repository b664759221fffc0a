package wire

import (
	"reflect"
	"unsafe"
)

// body is a struct as an element: of a slice, behind a pointer, in a map.
type body struct{ of *plan }

func (body) kind() kind               { return counted }
func (body) zero(unsafe.Pointer) bool { return false }
func (e body) size(p unsafe.Pointer, depth int) int {
	return countedSize(e.of.size(p, depth+1))
}
func (e body) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	b, at := open(b)
	b, err := e.of.append(b, p, depth+1)
	if err != nil {
		return b, err
	}
	return shut(b, at), nil
}
func (e body) read(r *Reader, p unsafe.Pointer) {
	if outer, ok := r.descend(); ok {
		e.of.read(r, p)
		r.leave(outer)
	}
}

// message is an interface that holds a registered message, or nil. On the wire
// it says its type like a message that travels alone.
type message struct{ typ reflect.Type }

func (message) kind() kind { return counted }

func (e message) get(p unsafe.Pointer) any {
	if e.typ.NumMethod() == 0 {
		return *(*any)(p)
	}
	return reflect.NewAt(e.typ, p).Elem().Interface()
}

func (e message) zero(p unsafe.Pointer) bool { return e.get(p) == nil }

func (e message) size(p unsafe.Pointer, depth int) int {
	t, q, err := registered(e.get(p))
	if err != nil {
		return 0
	}
	return countedSize(idSize + t.plan.size(q, depth+1))
}

func (e message) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	b, at := open(b)
	b, err := appendMessage(b, e.get(p), depth+1)
	if err != nil {
		return b, err
	}
	return shut(b, at), nil
}

func (e message) read(r *Reader, p unsafe.Pointer) {
	outer, ok := r.descend()
	if !ok {
		return
	}
	if m := reflect.ValueOf(r.registered()); m.IsValid() && !m.Type().AssignableTo(e.typ) {
		r.fail(ErrMalformed, "a %v in a field of %v", m.Type(), e.typ)
	} else if m.IsValid() {
		reflect.NewAt(e.typ, p).Elem().Set(m)
	}
	r.leave(outer)
}
