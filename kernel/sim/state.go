package sim

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// StateHasher is a node that condenses its own state. Equal states, as far as
// the node's later behaviour goes, should give equal hashes.
type StateHasher interface{ StateHash() uint64 }

// State condenses the state of the world for a search that does not want to
// visit one twice: of each host whether it is up and what its nodes know, and
// the held messages, in order on each link. Nodes that are no StateHasher are
// walked by reflection, private fields included. Left out are times (durations
// and points in time), functions, sources of randomness, and what belongs to
// the kernel; so it distinguishes enough only in worlds where nothing depends on
// the time that has passed, and where everything written is durable. A host
// that is down counts with what its nodes knew when it stopped.
func (w *World) State() uint64 {
	sum := uint64(1)
	for _, h := range w.hosts {
		if h.up {
			h.knew = h.state()
		}
		sum = mix(sum, h.knew+uint64(h.index))
		if h.up {
			sum = mix(sum, 7)
		}
	}
	links := map[[2]node.Addr]uint64{}
	for _, d := range w.held {
		link := [2]node.Addr{d.from, d.to}
		links[link] = mix(links[link], d.contents())
	}
	return mix(sum, commutative(links))
}

func commutative(links map[[2]node.Addr]uint64) (sum uint64) {
	for link, h := range links {
		sum += mix(h, mix(hashString(string(link[0])), hashString(string(link[1])))) // in any order
	}
	return sum
}

// contents condenses a message.
func (d *delivery) contents() uint64 {
	bytes := d.encoded
	if bytes == nil {
		var err error
		if bytes, err = wire.Marshal(d.message); err != nil {
			panic("sim: " + string(d.from) + " sends what cannot be encoded: " + err.Error())
		}
	}
	return hashString(string(bytes))
}

func (h *Host) state() uint64 {
	sum := uint64(2)
	for _, s := range h.services {
		if s.live == nil || !s.live.begun {
			continue
		}
		if n, ok := s.live.node.(StateHasher); ok {
			sum = mix(sum, n.StateHash())
			continue
		}
		k := walker{seen: map[visit]bool{}}
		sum = mix(sum, k.value(reflect.ValueOf(s.live.node), 0))
	}
	return sum
}

// walker condenses a value and what it points to.
type walker struct{ seen map[visit]bool }

type visit struct {
	at uintptr
	of reflect.Type
}

// maxDepth bounds the walk; a node's state that nests deeper is a list linked by
// hand, of which the beginning has to do.
const maxDepth = 64

// opaque are the types that are no part of a state.
var opaque = map[reflect.Type]bool{
	reflect.TypeFor[time.Duration](): true, reflect.TypeFor[time.Time](): true,
	reflect.TypeFor[rand.Rand](): true, reflect.TypeFor[incarnation](): true,
	reflect.TypeFor[timer](): true, reflect.TypeFor[stream](): true, reflect.TypeFor[files](): true,
}

func (k *walker) value(v reflect.Value, depth int) uint64 {
	if !v.IsValid() || opaque[v.Type()] || depth > maxDepth {
		return 3
	}
	switch v.Kind() {
	case reflect.Bool:
		return hashString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return mix(uint64(v.Int()), 11)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return mix(v.Uint(), 11)
	case reflect.Float32, reflect.Float64:
		return mix(math.Float64bits(v.Float()), 13)
	case reflect.String:
		return hashString(v.String())
	case reflect.Struct:
		sum := uint64(5)
		for i := range v.NumField() {
			sum = mix(sum, k.value(v.Field(i), depth+1))
		}
		return sum
	}
	return k.reference(v, depth)
}

func (k *walker) reference(v reflect.Value, depth int) uint64 {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		sum := mix(uint64(v.Len()), 17)
		for i := range v.Len() {
			sum = mix(sum, k.value(v.Index(i), depth+1))
		}
		return sum
	case reflect.Map:
		sum := mix(uint64(v.Len()), 19)
		for it := v.MapRange(); it.Next(); {
			sum += mix(k.value(it.Key(), depth+1), k.value(it.Value(), depth+1)) // in any order
		}
		return sum
	case reflect.Interface:
		if v.IsNil() {
			return 23
		}
		return mix(hashString(v.Elem().Type().String()), k.value(v.Elem(), depth+1))
	case reflect.Pointer:
		at := visit{v.Pointer(), v.Type()}
		if v.IsNil() || k.seen[at] {
			return 29
		}
		k.seen[at] = true
		sum := mix(k.value(v.Elem(), depth+1), 31)
		delete(k.seen, at)
		return sum
	}
	return 37 // functions, channels
}
