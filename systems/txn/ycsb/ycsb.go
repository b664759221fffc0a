// Package ycsb makes the workloads of the Yahoo! Cloud Serving Benchmark, as
// transactions.
//
//	Cooper, Silberstein, Tam, Ramakrishnan, Sears: Benchmarking cloud serving systems
//	with YCSB, SoCC 2010
//	Gray, Sundaresan, Englert, Baclawski, Weinberger: Quickly generating
//	billion-record synthetic databases, SIGMOD 1994 (the Zipf distribution)
//
//	A  half reads, half updates                D  new rows, and reads of the newest
//	B  95 reads of 100, 5 updates              E  short scans, and 5 new rows of 100
//	C  reads only                              F  half reads, half read, change and write
//
// A transaction has one access, as in YCSB, or as many as Options.Accesses says; with 16,
// half of them updates, it is what the literature on contention measures.
//
// Row i has the key i times an odd constant, in eight bytes: neighbours in popularity are
// none in the order of keys, and no two rows share a key.
package ycsb

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Mix is how many accesses of a hundred are of which kind.
type Mix struct {
	Read, Update, Insert, Scan, Modify int
	// Latest has reads prefer the newest rows to the most popular.
	Latest bool
}

// Workload returns the mix that a letter from A to F names.
func Workload(letter string) (Mix, error) {
	mixes := []Mix{
		{Read: 50, Update: 50}, {Read: 95, Update: 5}, {Read: 100},
		{Read: 95, Insert: 5, Latest: true}, {Scan: 95, Insert: 5}, {Read: 50, Modify: 50},
	}
	if len(letter) != 1 || letter[0] < 'A' || letter[0] > 'F' {
		return Mix{}, fmt.Errorf("ycsb: there is no workload %q; those there are: A to F", letter)
	}
	return mixes[letter[0]-'A'], nil
}

// Options describe a workload.
type Options struct {
	Mix
	// Rows is how many there are in the beginning; 0 means 1000.
	Rows int
	// Theta skews the choice of rows, from 0 (alike) to below 1. YCSB's is 0.99.
	Theta float64
	// Accesses is how many a transaction makes; 0 means one.
	Accesses int
	// Value is the size of a value in bytes; 0 means 100.
	Value int
	// Longest is the most that a scan visits; 0 means 100.
	Longest int
}

// Generator makes the transactions of one client.
type Generator struct {
	o        Options
	client   int
	clients  int
	zipf     *Zipf
	r        *rand.Rand
	inserted int
	values   []byte // room for those of the next accesses
}

// New returns the generator of one of several clients: the same seed and number make the
// same transactions. It is an error if the options make no sense.
func New(o Options, seed uint64, client, clients int) (*Generator, error) {
	if o.Rows == 0 {
		o.Rows = 1000
	}
	o.Accesses, o.Longest = max(o.Accesses, 1), max(o.Longest, 0)
	if o.Value == 0 {
		o.Value = 100
	}
	if o.Longest == 0 {
		o.Longest = 100
	}
	if sum := o.Read + o.Update + o.Insert + o.Scan + o.Modify; sum != 100 {
		return nil, fmt.Errorf("ycsb: the mix adds up to %d of 100", sum)
	}
	zipf, err := NewZipf(o.Rows, o.Theta)
	if err != nil {
		return nil, err
	}
	return &Generator{o: o, client: client, clients: clients, zipf: zipf, r: rand.New(rand.NewPCG(seed, uint64(client)))}, nil
}

// Key returns the key of a row.
func Key(row int) []byte { return appendKey(nil, row) }

func appendKey(b []byte, row int) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(row)*0x9e3779b97f4a7c15)
}

// Load calls put with every row that there is in the beginning, in the order of keys.
func (g *Generator) Load(put func(key, value []byte) error) error {
	keys := make([][]byte, g.o.Rows)
	for i := range keys {
		keys[i] = Key(i)
	}
	//parley:noties keys are unique
	slices.SortFunc(keys, slices.Compare)
	value := make([]byte, g.o.Value)
	for _, key := range keys {
		if err := put(key, value); err != nil {
			return err
		}
	}
	return nil
}

// access is one operation, drawn before the transaction runs, so that it does the same
// when it is tried again.
type access struct {
	kind   kind
	row    int
	value  []byte
	length int
}

type kind uint8

const (
	read kind = iota
	update
	insert
	scan
	modify
)

// Next makes the client's next transaction.
func (g *Generator) Next() program.Program {
	accesses := make([]access, g.o.Accesses)
	s := &scratch{value: make([]byte, g.o.Value)}
	reads := true
	for i := range accesses {
		accesses[i] = g.draw()
		reads = reads && (accesses[i].kind == read || accesses[i].kind == scan)
	}
	return program.Program{Name: "ycsb", ReadOnly: reads, Run: func(tx program.Tx) error {
		for i := range accesses {
			if err := accesses[i].run(tx, s); err != nil {
				return err
			}
		}
		return nil
	}}
}

func (g *Generator) draw() access {
	a := access{}
	for x := g.r.IntN(100); ; a.kind++ {
		share := [...]int{g.o.Read, g.o.Update, g.o.Insert, g.o.Scan, g.o.Modify}[a.kind]
		if x -= share; x < 0 {
			break
		}
	}
	switch a.kind {
	case insert:
		a.row = g.o.Rows + g.client + g.inserted*g.clients
		g.inserted++
	case scan:
		a.length = 1 + g.r.IntN(g.o.Longest)
		a.row = g.row()
	default:
		a.row = g.row()
	}
	if a.kind != read && a.kind != scan {
		a.value = g.value()
		binary.BigEndian.PutUint64(a.value[:8:8], g.r.Uint64())
	}
	return a
}

// scratch is where a transaction makes what it hands over.
type scratch struct {
	key   [8]byte
	value []byte
}

// value returns room for a value, all zeroes. Those of some accesses are allocated together.
func (g *Generator) value() []byte {
	if len(g.values) < g.o.Value {
		g.values = make([]byte, max(g.o.Value, 4<<10))
	}
	v := g.values[:g.o.Value:g.o.Value]
	g.values = g.values[g.o.Value:]
	return v
}

// row draws a row that there is.
func (g *Generator) row() int {
	rank := g.zipf.Draw(g.r)
	if !g.o.Latest {
		return rank
	}
	if rank < g.inserted { // of its own new rows, the newest first
		return g.o.Rows + g.client + (g.inserted-1-rank)*g.clients
	}
	return g.o.Rows - 1 - (rank-g.inserted)%g.o.Rows
}

func (a *access) run(tx program.Tx, s *scratch) error {
	key := appendKey(s.key[:0], a.row)
	switch a.kind {
	case update, insert:
		return tx.Put(key, a.value)
	case scan:
		left := a.length
		return tx.Scan(scheme.Range{From: key}, func(_, _ []byte) bool {
			left--
			return left > 0
		})
	}
	if a.kind == read {
		_, _, err := tx.Get(key)
		return err
	}
	old, _, err := program.GetForUpdate(tx, key)
	if err != nil {
		return err
	}
	value := s.value[:copy(s.value, a.value)]
	subtle.XORBytes(value, value, old)
	return tx.Put(key, value)
}
