package wire

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"
	"unsafe"
)

// A plan is how to encode and decode one struct type. It is made once per type
// and never changes.
type plan struct {
	typ    reflect.Type
	fields []field // in order of their numbers
	fast   bool    // *typ encodes and decodes itself
}

type field struct {
	number int
	kind   kind
	offset uintptr
	codec  codec
	name   string
}

func (s *plan) size(p unsafe.Pointer, depth int) (n int) {
	if depth > MaxDepth {
		return MaxSize + 1
	}
	for i := range s.fields {
		n += s.fields[i].codec.size(unsafe.Add(p, s.fields[i].offset), depth)
		if n > MaxSize {
			break // of a value that contains itself, or some part a million times
		}
	}
	return n
}

func (s *plan) append(b []byte, p unsafe.Pointer, depth int) (_ []byte, err error) {
	if depth > MaxDepth {
		return b, fmt.Errorf("%w: messages nest deeper than %d", ErrTooLarge, MaxDepth)
	}
	start := len(b)
	for i := range s.fields {
		f := &s.fields[i]
		if b, err = f.codec.append(b, unsafe.Add(p, f.offset), depth); err != nil {
			return b, within(f.name, err)
		}
		if len(b)-start > MaxSize {
			return b, tooLong(len(b) - start)
		}
	}
	return b, nil
}

func tooLong(n int) error {
	return fmt.Errorf("%w: %d bytes or more, where %d are allowed", ErrTooLarge, n, MaxSize)
}

// read fills in a zero struct. Fields come in order of their numbers, so one
// pass over the plan finds them.
func (s *plan) read(r *Reader, p unsafe.Pointer) {
	rest := s.fields
	for r.Next() {
		for len(rest) > 0 && rest[0].number < r.field {
			rest = rest[1:]
		}
		if len(rest) == 0 || rest[0].number != r.field {
			r.Skip()
			r.unknown++
			continue
		}
		if r.want(rest[0].kind) {
			rest[0].codec.read(r, unsafe.Add(p, rest[0].offset))
		}
		if r.err != nil {
			r.err.within(rest[0].name)
			return
		}
	}
}

// name returns the name of a field of the struct, for errors.
func (s *plan) name(number int) string {
	for _, f := range s.fields {
		if f.number == number {
			return f.name
		}
	}
	return strconv.Itoa(number)
}

// plans holds a *plan for each reflect.Type that was ever asked for.
var plans sync.Map

// compiling makes one type after the other: the plan of a type that contains
// itself is referred to before it is complete, and must not get out.
var compiling sync.Mutex

func planOf(t reflect.Type) (*plan, error) {
	if s, ok := plans.Load(t); ok {
		return s.(*plan), nil
	}
	compiling.Lock()
	defer compiling.Unlock()
	c := compiler{}
	s, err := c.plan(t)
	if err != nil {
		return nil, err
	}
	for t, s := range c {
		plans.LoadOrStore(t, s)
	}
	return s, nil
}

// compiler holds the plans under way.
type compiler map[reflect.Type]*plan

func (c compiler) plan(t reflect.Type) (*plan, error) {
	if s, ok := plans.Load(t); ok {
		return s.(*plan), nil
	}
	if s := c[t]; s != nil {
		return s, nil
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return nil, unencodable("%v is not a struct of fields", t)
	}
	s := &plan{typ: t}
	c[t] = s
	var errs []error
	for i := range t.NumField() {
		errs = append(errs, c.field(s, t.Field(i)))
	}
	slices.SortFunc(s.fields, func(f, g field) int { return cmp.Compare(f.number, g.number) })
	errs = append(errs, s.checkNumbers(), s.checkMethods())
	return s, errors.Join(errs...)
}

// checkNumbers also drops what reserves a number: a blank field.
func (s *plan) checkNumbers() error {
	for i := 1; i < len(s.fields); i++ {
		if s.fields[i].number == s.fields[i-1].number {
			return unencodable("%v has two fields %d", s.typ, s.fields[i].number)
		}
	}
	s.fields = slices.DeleteFunc(s.fields, func(f field) bool { return f.name == "_" })
	return nil
}

// checkMethods finds out whether the type encodes itself. A method of that name
// and another shape is a mistake that would otherwise go unnoticed.
func (s *plan) checkMethods() error {
	ptr := reflect.PointerTo(s.typ)
	_, appends := ptr.MethodByName("AppendWire")
	_, reads := ptr.MethodByName("ReadWire")
	s.fast = ptr.Implements(reflect.TypeFor[Codec]())
	if (appends || reads) && !s.fast {
		return unencodable("%v has AppendWire or ReadWire but is no wire.Codec", ptr)
	}
	if s.fast {
		return checkFlat(s.typ, nil)
	}
	return nil
}

// checkFlat finds out whether a Codec can keep its word: AppendWire cannot
// fail, so nothing below t may be of a type that does not encode or nest
// without end.
func checkFlat(t reflect.Type, above []reflect.Type) error {
	switch t.Kind() {
	case reflect.Interface:
		return unencodable("%v is a wire.Codec and holds an interface", above[0])
	case reflect.Pointer, reflect.Slice:
		return checkFlat(t.Elem(), above)
	case reflect.Map:
		return unencodable("%v is a wire.Codec and holds a map", above[0])
	case reflect.Struct:
		if len(above) == MaxDepth/2 {
			return unencodable("%v is a wire.Codec and nests deeper than %d", above[0], MaxDepth/2)
		}
		if slices.Contains(above, t) {
			return unencodable("%v is a wire.Codec and holds a %v within a %v", above[0], t, t)
		}
		var errs []error
		for i := range t.NumField() {
			if t.Field(i).Tag.Get("wire") != "-" {
				errs = append(errs, checkFlat(t.Field(i).Type, append(above, t)))
			}
		}
		return errors.Join(errs...)
	}
	return nil
}

func (c compiler) field(s *plan, sf reflect.StructField) error {
	where := fmt.Sprintf("%v.%s", s.typ, sf.Name)
	number := sf.Tag.Get("wire")
	if number == "-" {
		return nil
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > MaxField {
		return unencodable(`%s needs a tag wire:"N" with N from 1 to %d, or wire:"-"`, where, MaxField)
	}
	f := field{number: n, offset: sf.Offset, name: sf.Name}
	if sf.Name != "_" {
		if !sf.IsExported() {
			return unencodable("%s is unexported", where)
		}
		if f.codec, f.kind, err = c.codec(n, sf.Type); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	s.fields = append(s.fields, f)
	return nil
}
