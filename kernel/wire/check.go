package wire

import (
	"errors"
	"reflect"
	"slices"
)

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
		return errors.Join(checkFlat(s.typ, nil), s.checkEmbedded())
	}
	return nil
}

// checkEmbedded finds out whether the methods may be those of an embedded
// struct, which would encode a part for the whole.
func (s *plan) checkEmbedded() error {
	for i := range s.typ.NumField() {
		f := s.typ.Field(i)
		if f.Anonymous && (f.Type.Implements(reflect.TypeFor[Appender]()) || reflect.PointerTo(f.Type).Implements(reflect.TypeFor[Appender]())) {
			return unencodable("%v embeds the wire.Codec %v; give the field a name", s.typ, f.Type)
		}
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
