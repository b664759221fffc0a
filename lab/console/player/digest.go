package player

import (
	"fmt"
	"hash"
	"hash/fnv"
	"reflect"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// digest condenses what a node knows: equal states have equal digests. Left out is
// what moves by itself: times, timers, the environment, sources of randomness.
func digest(n node.Node) uint64 {
	d := digester{fnv.New64a(), map[uintptr]bool{}}
	d.value(reflect.ValueOf(n), 0)
	return d.Sum64()
}

type digester struct {
	hash.Hash64
	open map[uintptr]bool // pointers on the way from the root
}

// deepest bounds the walk; what nests deeper is a list linked by hand.
const deepest = 64

var times = []reflect.Type{reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration]()}

func (d digester) value(v reflect.Value, depth int) {
	if !v.IsValid() || depth > deepest || isHidden(v.Type()) || slices.Contains(times, v.Type()) {
		fmt.Fprint(d, "-")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || d.open[v.Pointer()] {
			fmt.Fprint(d, "^")
			return
		}
		d.open[v.Pointer()] = true
		d.value(v.Elem(), depth+1)
		delete(d.open, v.Pointer())
	case reflect.Interface:
		d.value(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			d.value(v.Field(i), depth+1)
		}
	case reflect.Slice, reflect.Array:
		fmt.Fprint(d, "[", v.Len())
		for i := range v.Len() {
			d.value(v.Index(i), depth+1)
		}
	case reflect.Map:
		d.entries(v, depth)
	default:
		fmt.Fprint(d, v, ",")
	}
}

// entries sums up the digests of a map's entries, whatever their order.
func (d digester) entries(v reflect.Value, depth int) {
	sum := uint64(0)
	for it := v.MapRange(); it.Next(); {
		e := digester{fnv.New64a(), d.open}
		e.value(it.Key(), depth+1)
		fmt.Fprint(e, ":")
		e.value(it.Value(), depth+1)
		sum += e.Sum64()
	}
	fmt.Fprint(d, "{", v.Len(), sum)
}
