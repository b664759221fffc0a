package wire_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/parleysystems/parley/kernel/wire"
)

type (
	noTag      struct{ A int }
	unexported struct {
		a int `wire:"1"` //lint:ignore U1000 that nobody can use it is what is refused
	}
	twice struct {
		A int `wire:"1"`
		B int `wire:"1"`
	}
	reused struct {
		_ int `wire:"1"` // reserved: once a field of version 1
		B int `wire:"1"`
	}
	zeroth struct {
		A int `wire:"0"`
	}
	channel struct {
		A chan int `wire:"1"`
	}
	address struct {
		A unsafe.Pointer `wire:"1"`
	}
	numbers struct {
		A [3]int `wire:"1"`
	}
	pointers struct {
		A **int `wire:"1"`
	}
	matrix struct {
		A [][]Inner `wire:"1"`
	}
	optional struct {
		A []*int `wire:"1"`
	}
	atlas struct {
		A map[string]map[string]int `wire:"1"`
	}
	keyed struct {
		A map[float64]int `wire:"1"`
	}
	halfHand struct {
		A int `wire:"1"`
	}
	anyHand struct {
		A any `wire:"1"`
	}
	partHand struct {
		HandPart `wire:"1"`
	}
	selfHand struct {
		A *selfHand `wire:"1"`
	}
)

func (halfHand) AppendWire(b []byte) []byte { return b }
func (anyHand) AppendWire(b []byte) []byte  { return b }
func (anyHand) ReadWire(*wire.Reader)       {}
func (selfHand) AppendWire(b []byte) []byte { return b }
func (selfHand) ReadWire(*wire.Reader)      {}

func register[T any](name string) func() { return func() { wire.Register[T](name) } }

func TestRegisterRefusesWhatCannotTravel(t *testing.T) {
	for _, c := range []struct {
		want string
		call func()
	}{
		{"noTag.A needs a tag", register[noTag]("t.1")},
		{"unexported.a is unexported", register[unexported]("t.2")},
		{"twice has two fields 1", register[twice]("t.3")},
		{"reused has two fields 1", register[reused]("t.4")},
		{"zeroth.A needs a tag", register[zeroth]("t.5")},
		{"channel.A: value cannot be encoded: no encoding for chan int", register[channel]("t.6")},
		{"no encoding for unsafe.Pointer", register[address]("t.7")},
		{"no encoding for [3]int", register[numbers]("t.8")},
		{"no encoding for **int", register[pointers]("t.9")},
		{"no encoding for []wire_test.Inner", register[matrix]("t.10")},
		{"no encoding for []*int", register[optional]("t.11")},
		{"map of maps", register[atlas]("t.12")},
		{"keys of type float64 have no order", register[keyed]("t.13")},
		{"is no wire.Codec", register[halfHand]("t.14")},
		{"holds an interface", register[anyHand]("t.15")},
		{"holds a wire_test.selfHand", register[selfHand]("t.16")},
		{"embeds the wire.Codec", register[partHand]("t.19")},
		{"int is not a struct", register[int]("t.17")},
		{"is registered as wire_test.Inner", register[Inner]("t.18")},
		{"is that of wire_test.Inner", register[older]("wire_test.Inner")},
		{"is that of costarring", func() { register[older]("costarring")(); register[newer]("liquid")() }}, // one FNV-1a hash
	} {
		if got := panicOf(c.call); !strings.Contains(got, c.want) {
			t.Errorf("got %q\nwant %q", got, c.want)
		}
	}
}

func panicOf(f func()) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return ""
}

func TestNamesLeadToTypes(t *testing.T) {
	for _, name := range wire.Names() {
		m := wire.New(name)
		if wire.Name(m) != name {
			t.Errorf("New(%q) is a %T, registered as %q", name, m, wire.Name(m))
		}
		if b := mustMarshal(t, m); len(b) != wire.Size(m) {
			t.Errorf("%s: empty message takes %d bytes, not %d", name, len(b), wire.Size(m))
		}
	}
	if m := wire.New("nobody"); m != nil || wire.Name(older{}) != "" {
		t.Errorf("a name that nobody registered gives %T", m)
	}
}

// TestIDIsThatOfTheName pins the ids: what was written stays readable.
func TestIDIsThatOfTheName(t *testing.T) {
	const fnv1a = 0x797de563
	id := binary.BigEndian.Uint32(mustMarshal(t, &Inner{}))
	if id != fnv1a {
		t.Errorf("id %#x, want %#x", id, fnv1a)
	}
}

func TestPlansAreMadeOnceByManyAtOnce(t *testing.T) {
	type fresh struct {
		A int64        `wire:"1"`
		B []newerInner `wire:"2"`
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if b, err := wire.AppendBody(nil, &fresh{A: 1}); err != nil || string(b) != "\x08\x02" {
				t.Errorf("%x, %v", b, err)
			}
		})
	}
	all.Wait()
}
