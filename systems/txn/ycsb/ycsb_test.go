package ycsb_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// The frequencies of the first ranks are those of the definition, within what chance
// leaves.
func TestRanksAreDrawnByZipfsLaw(t *testing.T) {
	const n, draws = 1000, 200_000
	for _, theta := range []float64{0, 0.6, 0.9, 0.99} {
		z, err := ycsb.NewZipf(n, theta)
		if err != nil {
			t.Fatal(err)
		}
		r, count, zeta := rand.New(rand.NewPCG(1, 2)), make([]int, n), 0.0
		for i := range n {
			zeta += math.Pow(float64(i+1), -theta)
		}
		for range draws {
			count[z.Draw(r)]++
		}
		for _, i := range []int{0, 1} {
			want := draws * math.Pow(float64(i+1), -theta) / zeta
			if diff := math.Abs(float64(count[i]) - want); diff > 6*math.Sqrt(want) {
				t.Errorf("theta %g: rank %d was drawn %d times, want %.0f", theta, i, count[i], want)
			}
		}
		head, want := 0, 0.0
		for i := range 100 {
			head, want = head+count[i], want+draws*math.Pow(float64(i+1), -theta)/zeta
		}
		// Gray's formula is an approximation beyond the first two ranks.
		if math.Abs(float64(head)-want) > 0.1*want {
			t.Errorf("theta %g: the first hundred were drawn %d times, want %.0f", theta, head, want)
		}
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, theta := range []float64{-0.1, 1, 2, math.NaN()} {
		if _, err := ycsb.NewZipf(10, theta); err == nil {
			t.Errorf("theta %g is accepted", theta)
		}
	}
	if _, err := ycsb.Workload("G"); err == nil {
		t.Error("workload G is accepted")
	}
	if _, err := ycsb.New(ycsb.Options{}, 1, 0, 1); err == nil {
		t.Error("a mix of nothing is accepted")
	}
}

// Every workload runs, over rows that are there: nobody waits who is alone.
func TestAllWorkloadsRun(t *testing.T) {
	for _, letter := range []string{"A", "B", "C", "D", "E", "F"} {
		mix, err := ycsb.Workload(letter)
		if err != nil {
			t.Fatal(err)
		}
		g, err := ycsb.New(ycsb.Options{Mix: mix, Theta: 0.99, Accesses: 4}, 1, 0, 2)
		if err != nil {
			t.Fatal(err)
		}
		store := memory.New()
		if err := g.Load(func(key, value []byte) error { store.Load(string(key), string(value)); return nil }); err != nil {
			t.Fatal(err)
		}
		before, inserted := len(store.All()), 0
		for range 200 {
			p := g.Next()
			run := p.Run
			p.Run = func(tx program.Tx) error { return run(&counting{Tx: tx, inserted: &inserted, t: t}) }
			if _, err := program.Do(engine.NewSerial(store), p, func(*scheme.Ticket) error { t.Fatal("waits"); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if after := len(store.All()); after != before+inserted || (inserted > 0) != (mix.Insert > 0) {
			t.Errorf("%s: %d rows became %d, and %d were inserted", letter, before, after, inserted)
		}
	}
}

// counting counts rows that were not there.
type counting struct {
	program.Tx
	inserted *int
	t        *testing.T
}

func (c *counting) Get(key []byte) (value []byte, found bool, err error) {
	value, found, err = c.Tx.Get(key)
	if !found {
		c.t.Errorf("reads %x, which is not there", key)
	}
	return value, found, err
}

func (c *counting) Put(key, value []byte) error {
	if _, found, _ := c.Tx.Get(key); !found {
		*c.inserted++
	}
	return c.Tx.Put(key, value)
}
