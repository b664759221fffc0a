package wire

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// ID stands for a registered name on the wire. It is the FNV-1a hash of the
// name, so it is the same in every program and does not depend on what else is
// registered.
type ID uint32

const idSize = 4

func idOf(name string) ID {
	h := fnv.New32a()
	h.Write([]byte(name))
	return ID(h.Sum32())
}

// entry is a registered type.
type entry struct {
	id   ID
	name string
	plan *plan
	make func() any // a new *T
}

// registry is written by Register only.
var registry struct {
	sync.Mutex
	byType sync.Map // reflect.Type of *T to *entry
	byID   sync.Map // ID to *entry
	names  []string
}

// Register gives the struct type T the name under which *T travels: once, in
// the package that owns T, in an init function or a package variable. The name
// ("raft.AppendEntries") stays that of T and its later versions for ever.
//
// It panics if T breaks the rules of the package comment, if T or name is
// registered already, or if the hash of the name is taken.
func Register[T any](name string) ID {
	t := reflect.TypeFor[T]()
	s, err := planOf(t)
	if err != nil {
		panic(fmt.Errorf("wire: register %s: %w", name, err))
	}
	e := &entry{idOf(name), name, s, func() any { return new(T) }}
	registry.Lock()
	defer registry.Unlock()
	if old, taken := registry.byID.Load(e.id); taken {
		panic(fmt.Sprintf("wire: register %s: id %#x is that of %s", name, e.id, old.(*entry).name))
	}
	if old, taken := registry.byType.Load(reflect.PointerTo(t)); taken {
		panic(fmt.Sprintf("wire: register %s: %v is registered as %s", name, t, old.(*entry).name))
	}
	registry.byID.Store(e.id, e)
	registry.byType.Store(reflect.PointerTo(t), e)
	registry.names = append(registry.names, name)
	return e.id
}

// Names returns the names of all registered types, sorted.
func Names() []string {
	registry.Lock()
	defer registry.Unlock()
	names := slices.Clone(registry.names)
	slices.Sort(names)
	return names
}

// Name returns the name that the type of m is registered under, or "".
func Name(m any) string {
	e, _, err := registered(m)
	if err != nil {
		return ""
	}
	return e.name
}

// New returns a zero message of the type of that name, or nil if there is none.
func New(name string) any {
	e, ok := registry.byID.Load(idOf(name))
	if !ok || e.(*entry).name != name {
		return nil
	}
	return e.(*entry).make()
}

// registered finds the type of a message, and the struct that it points to.
func registered(m any) (*entry, unsafe.Pointer, error) {
	e, ok := registry.byType.Load(reflect.TypeOf(m))
	if !ok {
		return nil, nil, fmt.Errorf("%w: %T", ErrUnregistered, m)
	}
	p := reflect.ValueOf(m).UnsafePointer()
	if p == nil {
		return nil, nil, unencodable("nil *%v", e.(*entry).plan.typ)
	}
	return e.(*entry), p, nil
}

// registered reads a message that says its type.
func (r *Reader) registered() any {
	if r.end-r.pos < idSize {
		r.fail(ErrMalformed, "ends within the type")
		return nil
	}
	id := ID(binary.BigEndian.Uint32(r.buf[r.pos:]))
	found, ok := registry.byID.Load(id)
	if !ok {
		r.fail(ErrUnregistered, "id %#08x", uint32(id))
		return nil
	}
	r.pos += idSize
	e := found.(*entry)
	if r.name == "" {
		r.name = e.name
	}
	if !r.charge(1, e.plan.typ.Size()) {
		return nil
	}
	m := e.make()
	e.plan.readMessage(r, m)
	return m
}
