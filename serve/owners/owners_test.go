package owners_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/parleysystems/parley/serve/owners"
	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Every append of every transaction that was begun is in its list, once, and of two lists
// that a transaction appends to both have it: nothing is lost between two goroutines.
func TestOwnersLoseNothing(t *testing.T) {
	for name, under := range map[string]func(scheme.Store) scheme.Scheme{
		"2pl-no-wait": func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, lock.Options{Policy: lock.NoWait}) },
		"occ":         func(s scheme.Store) scheme.Scheme { return occ.New(s, occ.Options{}) },
		"mvto":        func(s scheme.Store) scheme.Scheme { return mvcc.New(s, mvcc.Options{Late: 64}) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, flight := range []int{1, 4} {
				appended(t, under, flight)
			}
		})
	}
}

const (
	among = 2   // owners
	lists = 40  // rows
	each  = 150 // transactions of an owner
)

func appended(t *testing.T, under func(scheme.Store) scheme.Scheme, flight int) {
	stores := make([]*memory.Store, among)
	rows := make([]owners.Rows, among)
	for i := range rows {
		stores[i] = memory.Volatile()
		rows[i] = owners.Rows{Store: stores[i], Scheme: under(stores[i])}
	}
	wanted := map[string]int{} // list and element
	sources := make([]owners.Source, among)
	for i := range sources {
		var all []*divided.Transaction
		r := rand.New(rand.NewPCG(1, uint64(i)))
		for n := range each {
			var accesses []divided.Access
			for _, k := range r.Perm(lists)[:1+r.IntN(5)] {
				key := fmt.Sprint("list ", k)
				element := binary.BigEndian.AppendUint32(nil, uint32(i*each+n))
				accesses = append(accesses, divided.Access{Kind: divided.Append, Key: []byte(key), Value: element})
				wanted[key+string(element)]++
			}
			all = append(all, divided.New(accesses, among))
		}
		sources[i] = func(*divided.Transaction) (next *divided.Transaction) {
			if len(all) > 0 {
				next, all = all[0], all[1:]
			}
			return next
		}
	}
	o := owners.New(rows, flight, divided.Options{Again: 4})
	if err := o.Run(sources); err != nil {
		t.Fatal(err)
	}
	if commits, _ := o.Counts(); commits != among*each {
		t.Errorf("%d transactions were committed of %d", commits, among*each)
	}
	for _, s := range stores {
		for key, list := range s.All() {
			for ; len(list) > 0; list = list[4:] {
				wanted[key+list[:4]]--
			}
		}
	}
	for what, n := range wanted {
		if n != 0 {
			t.Fatalf("%q is missing %d times", what, n)
		}
	}
}
