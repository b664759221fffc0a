package kv

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// shelf keeps values in a map, and what was freed only as long as a pin may read it.
type shelf struct {
	next   uint64
	values map[uint64][]byte
	freed  map[uint64]int // when, by the count of pins
	pins   map[*shelfPin]bool
	taken  int
}

func newShelf() *shelf {
	return &shelf{values: map[uint64][]byte{}, freed: map[uint64]int{}, pins: map[*shelfPin]bool{}}
}

func (s *shelf) Put(value []byte) uint64 {
	s.next++
	s.values[s.next] = bytes.Clone(value)
	return s.next
}

func (s *shelf) Get(id uint64) []byte {
	v, ok := s.values[id]
	if _, freed := s.freed[id]; freed || !ok {
		panic(fmt.Sprintf("value %d was freed", id))
	}
	return v
}

func (s *shelf) Free(id uint64) {
	s.Get(id) // once only
	s.freed[id] = s.taken
	s.drop()
}

func (s *shelf) drop() {
	oldest := s.taken + 1
	for p := range s.pins {
		oldest = min(oldest, p.number)
	}
	for id, at := range s.freed {
		if at < oldest {
			delete(s.values, id)
			delete(s.freed, id)
		}
	}
}

func (s *shelf) Pin() ColdPin {
	s.taken++
	p := &shelfPin{s, s.taken}
	s.pins[p] = true
	return p
}

type shelfPin struct {
	s      *shelf
	number int
}

func (p *shelfPin) Get(id uint64) []byte {
	v, ok := p.s.values[id]
	if !ok {
		panic(fmt.Sprintf("value %d is gone, and was pinned", id))
	}
	return v
}

func (p *shelfPin) Release() {
	delete(p.s.pins, p)
	p.s.drop()
}

// A store with its values elsewhere gives the same answers, digests and snapshots as
// one that has them in memory, whatever was compacted, cleaned, captured and restored,
// and leaves nothing behind.
func TestValuesElsewhereChangeNothing(t *testing.T) {
	shelf := newShelf()
	near, far := New(Options{}), New(Options{Cold: shelf, ColdFrom: 20})
	r := rand.New(rand.NewPCG(3, 3))
	var held []func()
	for i := range 6000 {
		var c *Command
		switch n := r.IntN(100); {
		case n < 70:
			c = put(fmt.Sprint("k", r.IntN(200)), string(bytes.Repeat([]byte{byte(i)}, r.IntN(400))))
		case n < 90:
			c = remove(fmt.Sprint("k", r.IntN(200)), "")
		case n < 98:
			c = compact(near.Revision() - Revision(r.IntN(50)))
		default:
			want, pinned := snapshot(t, near), far.pin()
			held = append(held, func() {
				var b bytes.Buffer
				if _, err := pinned.WriteTo(&b); err != nil || !bytes.Equal(b.Bytes(), want) {
					t.Fatal("a capture has changed: ", err)
				}
				pinned.Release()
			})
			if len(held) > 3 {
				held[0]()
				held = held[1:]
			}
			continue
		}
		if a, b := near.Apply(0, c.Encode()), far.Apply(0, c.Encode()); !bytes.Equal(a, b) || near.Digest() != far.Digest() {
			t.Fatalf("after %+v the two differ", c)
		}
	}
	for _, h := range held {
		h()
	}
	if err := far.Restore(bytes.NewReader(snapshot(t, near))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(snapshot(t, near), snapshot(t, far)) {
		t.Fatal("restored, they differ")
	}
	far.freeCold()
	shelf.drop()
	if len(shelf.pins) > 0 || len(shelf.values) > 0 {
		t.Fatalf("%d pins are left, and %d values that nothing leads to", len(shelf.pins), len(shelf.values))
	}
	if far.arena.total > near.arena.total/2 {
		t.Fatalf("%d bytes in memory, and %d when all is there", far.arena.total, near.arena.total)
	}
}
