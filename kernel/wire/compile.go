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
)

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
