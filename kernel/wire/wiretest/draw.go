package wiretest

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/kernel/wire"
)

// Message draws a *T as Unmarshal might return it: what is empty is nil, and
// times are in UTC. Interfaces hold messages of the registered types that fit.
// Structs nest at most four deep.
func Message[T any](t *rapid.T) *T {
	m := new(T)
	fill(t, reflect.ValueOf(m).Elem(), 4)
	return m
}

// fill sets v, which is zero, to something drawn. Half of all fields stay zero,
// since that is a case of its own for every one.
func fill(t *rapid.T, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		fillStruct(t, v, depth)
	case reflect.Interface:
		fillInterface(t, v, depth)
	case reflect.Map:
		fillMap(t, v, depth)
	case reflect.Slice:
		n := rapid.IntRange(1, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		fillElements(t, v, depth)
	case reflect.Array:
		fillElements(t, v, depth)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), depth)
	default:
		fillScalar(t, v)
	}
}

func fillStruct(t *rapid.T, v reflect.Value, depth int) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		seconds := rapid.Int64Range(math.MinInt32, math.MaxUint32).Draw(t, "seconds")
		v.Set(reflect.ValueOf(time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")).UTC()))
		return
	}
	if depth == 0 {
		return
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Name != "_" && f.Tag.Get("wire") != "-" && rapid.Bool().Draw(t, f.Name) {
			fill(t, v.Field(i), depth-1)
		}
	}
}

func fillElements(t *rapid.T, v reflect.Value, depth int) {
	for i := range v.Len() {
		fill(t, v.Index(i), depth)
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Interface && v.Len() > 0 && v.Index(0).IsNil() {
		v.SetZero() // no registered type fits
	}
}

func fillInterface(t *rapid.T, v reflect.Value, depth int) {
	fits := slices.DeleteFunc(wire.Names(), func(name string) bool {
		return !reflect.TypeOf(wire.New(name)).AssignableTo(v.Type())
	})
	if len(fits) == 0 {
		return
	}
	m := reflect.ValueOf(wire.New(rapid.SampledFrom(fits).Draw(t, "type")))
	fill(t, m.Elem(), depth)
	v.Set(m)
}

func fillMap(t *rapid.T, v reflect.Value, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	for range rapid.IntRange(1, 3).Draw(t, "entries") {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key, depth)
		fill(t, value, depth)
		v.SetMapIndex(key, value)
	}
}

func fillScalar(t *rapid.T, v reflect.Value) {
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case v.CanInt():
		v.SetInt(rapid.Int64().Draw(t, "int") >> (64 - v.Type().Bits()))
	case v.CanUint():
		v.SetUint(rapid.Uint64().Draw(t, "uint") >> (64 - v.Type().Bits()))
	case v.CanFloat():
		v.SetFloat(float64(rapid.Float32().Draw(t, "float")))
	case v.Kind() == reflect.String:
		v.SetString(rapid.String().Draw(t, "string"))
	default:
		panic(fmt.Sprintf("wiretest: cannot draw a %v", v.Type()))
	}
}
