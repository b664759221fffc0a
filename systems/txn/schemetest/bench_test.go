package schemetest_test

import (
	"testing"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

// BenchmarkTransaction is what a scheme itself costs: transactions of 16 accesses, half of
// which change what they read, one after the other over a store in memory.
func BenchmarkTransaction(b *testing.B) {
	for _, c := range schemes.All() {
		b.Run(c.Name, func(b *testing.B) {
			o := ycsb.Options{Mix: ycsb.Mix{Read: 50, Modify: 50}, Rows: 100_000, Accesses: 16}
			g, err := ycsb.New(o, 1, 0, 1)
			if err != nil {
				b.Fatal(err)
			}
			store := memory.Volatile()
			err = g.Load(func(key, value []byte) error { store.Load(string(key), string(value)); return nil })
			if err != nil {
				b.Fatal(err)
			}
			s := c.New(store)
			programs := make([]program.Program, 256)
			for i := range programs {
				programs[i] = g.Next()
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_, err := program.Do(s, programs[i%len(programs)], func(*scheme.Ticket) error { return nil })
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
