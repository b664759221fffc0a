package values_test

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/parleysystems/parley/serve/values"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// What was put is there until it is freed, and for pins beyond that, whatever the
// writer is doing meanwhile; memory for what is not written stays within its bound.
func TestValuesAreThereUntilTheyAreFreed(t *testing.T) {
	s, err := values.Open(t.TempDir(), values.Options{Memory: 2 << 20, Fresh: 256 << 10})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	type kept struct {
		id    uint64
		value []byte
	}
	var all []kept
	check := func(get func(uint64) []byte, some []kept) {
		for _, k := range some {
			if !bytes.Equal(get(k.id), k.value) {
				t.Errorf("value %d is another", k.id)
			}
		}
	}
	var readers sync.WaitGroup
	for i := range 4000 {
		value := bytes.Repeat([]byte{byte(i)}, r.IntN(3000))
		all = append(all, kept{s.Put(value), value})
		if i%400 == 0 {
			pin, some := s.Pin(), append([]kept(nil), all...)
			readers.Go(func() {
				check(pin.Get, some)
				pin.Release()
			})
		}
		for r.IntN(3) == 0 && len(all) > 50 {
			at := r.IntN(len(all))
			check(s.Get, all[at:at+1])
			s.Free(all[at].id)
			all = append(all[:at], all[at+1:]...)
		}
	}
	check(s.Get, all)
	readers.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

var _ kv.Cold = (*values.Store)(nil)

// A directory that an earlier process has left is emptied.
func TestOpenBeginsEmpty(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		s, err := values.Open(dir, values.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if id := s.Put([]byte("v")); id != 1 || string(s.Get(id)) != "v" {
			t.Fatal(id)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A host that stops while a snapshot is written stops the loop that would have
// released the pin.
func TestCloseDoesNotWaitForPins(t *testing.T) {
	s, err := values.Open(t.TempDir(), values.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Free(s.Put([]byte("v")))
	s.Pin()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
