package schemes_test

import (
	"strings"
	"testing"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/ycsb"
)

func TestNamesFindTheirSchemes(t *testing.T) {
	for _, c := range schemes.All() {
		found, err := schemes.Find(c.Name)
		if err != nil || found.Name != c.Name {
			t.Errorf("%s: found %q, %v", c.Name, found.Name, err)
		}
		name := found.New(memory.New()).Name()
		if base, _, _ := strings.Cut(c.Name, "-"); base != name {
			t.Errorf("%s is a scheme that calls itself %s", c.Name, name)
		}
	}
	if _, err := schemes.Find("none"); err == nil || !strings.Contains(err.Error(), "2pl-no-wait") {
		t.Errorf("a scheme that is not there: %v", err)
	}
}

// What each scheme costs alone, over a store in memory: 16 accesses a transaction, half of
// them updates. One-owner code runs one operation after the other, so that a second
// processor adds nothing but what is outside of the latch.
func BenchmarkYCSB(b *testing.B) {
	store := memory.New()
	o := ycsb.Options{Mix: ycsb.Mix{Read: 50, Update: 50}, Rows: 1_000_000, Theta: 0.6, Accesses: 16}
	load, err := ycsb.New(o, 1, 0, 1)
	if err != nil {
		b.Fatal(err)
	}
	if err := load.Load(func(key, value []byte) error { store.Load(string(key), string(value)); return nil }); err != nil {
		b.Fatal(err)
	}
	for _, c := range schemes.All() {
		b.Run(c.Name, func(b *testing.B) {
			s := c.New(store)
			g, err := ycsb.New(o, 2, 0, 1)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := program.Do(s, g.Next(), func(*scheme.Ticket) error { b.Fatal("waits"); return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
