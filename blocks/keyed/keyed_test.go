package keyed_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/blocks/keyed"
)

// Whatever comes and goes, a table holds what a map does.
func TestATableHoldsWhatAMapDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table keyed.Table[int]
		wanted := map[string]*int{}
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				key, thing := draw(t), new(int)
				table.Set(key, thing)
				wanted[key] = thing
			},
			"delete": func(t *rapid.T) {
				key := draw(t)
				table.Delete(key)
				delete(wanted, key)
			},
			"": func(t *rapid.T) {
				key := draw(t)
				if table.Of(key) != wanted[key] || table.Get([]byte(key)) != wanted[key] {
					t.Fatalf("of %q there is %p, want %p", key, table.Of(key), wanted[key])
				}
				n := 0
				for key, thing := range table.All() {
					if n++; wanted[key] != thing {
						t.Fatalf("%q is visited with %p, want %p", key, thing, wanted[key])
					}
				}
				if n != len(wanted) || table.Len() != n {
					t.Fatalf("%d are visited of %d, want %d", n, table.Len(), len(wanted))
				}
			},
		})
	})
}

// draw draws one of few keys, so that they come and go.
func draw(t *rapid.T) string { return fmt.Sprint(rapid.IntRange(0, 40).Draw(t, "key")) }

// Who looks, and who comes and goes, needs no memory.
func TestComingAndGoingNeedsNoMemory(t *testing.T) {
	var table keyed.Table[int]
	key, thing := []byte("a key that is longer than thirty-two bytes"), new(int)
	name := string(key)
	table.Set("another", thing)
	if n := testing.AllocsPerRun(100, func() {
		table.Set(name, thing)
		if table.Get(key) != thing {
			t.Fatal("it is not found")
		}
		table.Delete(name)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
