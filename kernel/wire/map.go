package wire

import (
	"reflect"
	"slices"
	"unsafe"
)

// mapped is a map: one entry after the other in the order of the keys (I5),
// each a message of the fields 1, the key, and 2, the value. It allocates when
// it is encoded, unlike all else.
type mapped struct {
	tag   tag
	typ   reflect.Type
	key   key
	entry body // of a key and a value side by side
}

// entries is what a map holds, in order of the keys.
type entries struct {
	list reflect.Value // slice of structs, each as entry lays it out
	step uintptr
}

func (e entries) at(i int) unsafe.Pointer {
	return unsafe.Add(e.list.UnsafePointer(), uintptr(i)*e.step)
}

// entryType is struct{ Key K; Value V }.
func entryType(m reflect.Type) reflect.Type {
	return reflect.StructOf([]reflect.StructField{
		{Name: "Key", Type: m.Key(), Tag: `wire:"1"`},
		{Name: "Value", Type: m.Elem(), Tag: `wire:"2"`},
	})
}

func (f mapped) sorted(p unsafe.Pointer) entries {
	m := reflect.NewAt(f.typ, p).Elem()
	e := entries{reflect.MakeSlice(reflect.SliceOf(f.entry.of.typ), m.Len(), m.Len()), f.entry.of.typ.Size()}
	for i, it := 0, m.MapRange(); it.Next(); i++ {
		e.list.Index(i).Field(0).SetIterKey(it)
		e.list.Index(i).Field(1).SetIterValue(it)
	}
	return e
}

func (f mapped) order(e entries) []int {
	order := make([]int, e.list.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return f.key.compare(e.at(i), e.at(j)) })
	return order
}

func (f mapped) size(p unsafe.Pointer, depth int) (n int) {
	if *(*unsafe.Pointer)(p) == nil {
		return 0
	}
	e := f.sorted(p)
	for i := 0; i < e.list.Len() && n <= MaxSize; i++ {
		n += f.tag.size() + f.entry.size(e.at(i), depth)
	}
	return n
}

func (f mapped) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	if *(*unsafe.Pointer)(p) == nil {
		return b, nil
	}
	e := f.sorted(p)
	for _, i := range f.order(e) {
		var err error
		if b, err = f.entry.append(f.tag.append(b), e.at(i), depth); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (f mapped) read(r *Reader, p unsafe.Pointer) {
	n := r.count()
	if r.err != nil || !r.charge(n, 2*f.entry.of.typ.Size()) {
		return
	}
	m := reflect.MakeMapWithSize(f.typ, n)
	reflect.NewAt(f.typ, p).Elem().Set(m)
	this, last := reflect.New(f.entry.of.typ).Elem(), reflect.New(f.entry.of.typ).Elem()
	for first := true; first || r.another(f.tag); first = false {
		this.SetZero()
		f.entry.read(r, this.Addr().UnsafePointer())
		if !first && r.err == nil && f.key.compare(last.Addr().UnsafePointer(), this.Addr().UnsafePointer()) >= 0 {
			r.fail(ErrMalformed, "keys of a map are out of order")
		}
		if r.err != nil {
			return
		}
		m.SetMapIndex(this.Field(0), this.Field(1))
		this, last = last, this
	}
}
