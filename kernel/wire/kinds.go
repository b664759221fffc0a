package wire

import (
	"reflect"
	"time"
)

// codec returns how to encode a field of type t.
func (c compiler) codec(number int, t reflect.Type) (codec, kind, error) {
	many := makeTag(number, counted)
	switch {
	case t.Kind() == reflect.Map:
		f, err := c.mapped(many, t)
		return f, counted, err
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]():
		s, err := c.plan(t)
		return embedded{many, s}, counted, err
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		of, err := c.element(t.Elem())
		if err != nil {
			return nil, 0, err
		}
		if of.kind() == counted {
			return repeated{many, of, t}, counted, nil
		}
	}
	of, err := c.element(t)
	if err != nil {
		return nil, 0, err
	}
	return singleField(makeTag(number, of.kind()), of), of.kind(), nil
}

// element returns how to encode a value of type t behind a tag.
func (c compiler) element(t reflect.Type) (element, error) {
	if t == reflect.TypeFor[time.Time]() {
		return instant{}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return word{text[string]{(*Reader).string}}, nil
	case reflect.Struct:
		s, err := c.plan(t)
		return body{s}, err
	case reflect.Interface:
		return message{t}, nil
	case reflect.Pointer:
		return c.pointer(t)
	case reflect.Slice:
		return c.slice(t)
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return array{t.Len()}, nil
		}
	}
	if e := number(t.Kind()); e != nil {
		return e, nil
	}
	return nil, unencodable("no encoding for %v here; put it into a struct of its own", t)
}

func (c compiler) slice(t reflect.Type) (element, error) {
	if t.Elem().Kind() == reflect.Uint8 {
		return text[[]byte]{(*Reader).bytes}, nil
	}
	if of := number(t.Elem().Kind()); of != nil {
		return packed{of, t}, nil
	}
	return nil, unencodable("no encoding for %v within a slice or map; put it into a struct of its own", t)
}

func (c compiler) pointer(t reflect.Type) (element, error) {
	to := t.Elem()
	switch to.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return nil, unencodable("no encoding for %v; put it into a struct of its own", t)
	}
	of, err := c.element(to)
	return pointer{of, to}, err
}

func (c compiler) mapped(t tag, typ reflect.Type) (codec, error) {
	of, err := c.element(typ.Key())
	if err != nil {
		return nil, err
	}
	key, ok := of.(key)
	if !ok {
		return nil, unencodable("keys of type %v have no order", typ.Key())
	}
	switch typ.Elem().Kind() {
	case reflect.Map:
		return nil, unencodable("no encoding for a map of maps; put the inner one into a struct")
	}
	entry, err := c.plan(entryType(typ))
	return mapped{t, typ, key, body{entry}}, err
}
