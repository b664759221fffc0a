package main

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// drawn are the transactions of one client, drawn before. What is kept of them is small, so
// that to have it at hand costs an owner little beside what it does with it: a transaction
// is made of it when it begins, as if it had just come in, in the room of one that is spent.
type drawn struct {
	sketches []sketch // of all accesses, transaction by transaction
	each     int      // accesses of one
	next     int
	among    int
	over     <-chan struct{}
	// rooms are those of the transactions: their parts have copies, in which others write.
	rooms map[*divided.Transaction][]divided.Access
}

// sketch is an access: a value is zeroes but for its head.
type sketch struct {
	key, head [8]byte
	size      uint32 // of the value; 0 if the access reads
}

// mostDrawn is how many transactions are drawn. They are used again, from the first, when
// all were.
const mostDrawn = 1 << 15

// draft draws transactions of so many accesses each.
func draft(g *ycsb.Generator, each, among int, over <-chan struct{}) *drawn {
	d := &drawn{each: each, among: among, over: over, rooms: map[*divided.Transaction][]divided.Access{}}
	for range mostDrawn {
		var r recorder
		if err := g.Next().Run(&r); err != nil {
			panic(err) // a recorder has no errors, and the programs have none of their own
		}
		d.sketches = append(d.sketches, r.sketches...)
	}
	if len(d.sketches) != each*mostDrawn {
		panic(fmt.Sprintf("%d transactions have %d accesses, not %d each", mostDrawn, len(d.sketches), each))
	}
	return d
}

// source is an owners.Source.
func (d *drawn) source(spent *divided.Transaction) *divided.Transaction {
	select {
	case <-d.over:
		return nil
	default:
	}
	if spent == nil {
		spent = divided.New(nil, d.among)
		d.rooms[spent] = empty(d.each)
	}
	accesses := d.rooms[spent]
	for i := range accesses {
		d.sketches[d.next+i].fill(&accesses[i])
	}
	d.next = (d.next + d.each) % len(d.sketches)
	spent.Renew(accesses)
	return spent
}

// longest is the size of the longest value.
const longest = 100

// empty returns accesses that have room for keys, and for values. The keys lie together.
func empty(n int) []divided.Access {
	const key = 8
	all, keys, values := make([]divided.Access, n), make([]byte, n*key), make([]byte, n*longest)
	for i := range all {
		all[i].Key = keys[i*key : (i+1)*key : (i+1)*key]
		all[i].Value = values[i*longest : (i+1)*longest : (i+1)*longest]
	}
	return all
}

// fill makes an access what was drawn, in its room.
func (s *sketch) fill(a *divided.Access) {
	copy(a.Key, s.key[:])
	if a.Kind, a.Value = divided.Read, a.Value[:s.size]; s.size > 0 {
		a.Kind = divided.Xor
		copy(a.Value, s.head[:])
	}
}

// recorder implements program.Tx: programs run over rows that are empty, and what they do
// there is what they do.
type recorder struct{ sketches []sketch }

func (r *recorder) Get(key []byte) (value []byte, found bool, err error) {
	r.sketches = append(r.sketches, sketch{key: [8]byte(key)})
	return nil, false, nil
}

// GetForUpdate implements program.Updater: a Put follows, of what is put over the row.
func (r *recorder) GetForUpdate([]byte) (value []byte, found bool, err error) {
	return nil, false, nil
}

func (r *recorder) Put(key, value []byte) error {
	s := sketch{key: [8]byte(key), head: [8]byte(value), size: uint32(len(value))}
	for _, b := range value[len(s.head):] {
		if b != 0 {
			return fmt.Errorf("the value of key %x is not zeroes behind its first %d bytes", key, len(s.head))
		}
	}
	r.sketches = append(r.sketches, s)
	return nil
}

// Delete is in no load.
func (r *recorder) Delete([]byte) error { panic("rows are not deleted") }

// Scan is in no load.
func (r *recorder) Scan(scheme.Range, func(key, value []byte) bool) error {
	panic("rows are not scanned")
}

var _ program.Updater = (*recorder)(nil)
