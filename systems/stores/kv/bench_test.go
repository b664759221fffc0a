package kv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"testing"
)

var value256 = bytes.Repeat([]byte("v"), 256)

// filled returns a store of n keys of 8 bytes with values of 256.
func filled(n int) *Store {
	s := New(Options{})
	for i := range n {
		s.Apply(0, putCommand(uint64(i)*0x9e3779b97f4a7c15))
	}
	return s
}

func putCommand(key uint64) []byte {
	c := Command{Put: &Put{Key: binary.BigEndian.AppendUint64(nil, key), Value: value256}}
	return c.Encode()
}

func BenchmarkApplyPut(b *testing.B) {
	for _, keys := range []int{1, 10_000, 1_000_000} {
		b.Run(fmt.Sprintf("keys=%d", keys), func(b *testing.B) {
			s := filled(keys)
			commands := make([][]byte, min(keys, 10_000))
			for i := range commands {
				commands[i] = putCommand(uint64(i*(keys/len(commands))) * 0x9e3779b97f4a7c15)
			}
			runtime.GC()
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				s.Apply(0, commands[i%len(commands)])
				if i%10_000 == 9999 { // as an operator would, so that memory does not grow with b.N
					s.Apply(0, compact(s.Revision()-5000).Encode())
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
		})
	}
}

func BenchmarkApplyNewKeys(b *testing.B) {
	s := New(Options{})
	b.ReportAllocs()
	for i := range b.N {
		s.Apply(0, putCommand(uint64(i)))
	}
}

func BenchmarkQuery(b *testing.B) {
	s := filled(100_000)
	for _, c := range []struct {
		name string
		q    *Range
	}{
		{"get", &Range{Key: make([]byte, 8)}},
		{"100 of all", &Range{Key: []byte{0}, RangeEnd: []byte{0}, Limit: 100}},
		{"count all", &Range{Key: []byte{0}, RangeEnd: []byte{0}, CountOnly: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				s.Query(c.q)
			}
		})
	}
}

func BenchmarkApplyWithWatchers(b *testing.B) {
	s := New(Options{})
	for i := range 10_000 {
		s.Watch(WatchRequest{Key: binary.BigEndian.AppendUint64(nil, uint64(i)), Sink: discard{}})
	}
	commands := make([][]byte, 10_000)
	for i := range commands {
		commands[i] = putCommand(uint64(i))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		s.Apply(0, commands[i%10_000])
	}
}

type discard struct{}

func (discard) Deliver(*Watcher, Batch) bool { return true }
func (discard) Behind(*Watcher)              {}

// BenchmarkMemory reports what a store of a million pairs of 8 and 256 bytes
// keeps in memory, in bytes per pair.
func BenchmarkMemory(b *testing.B) {
	for _, c := range []struct {
		name string
		step uint64
	}{{"random", 0x9e3779b97f4a7c15}, {"ascending", 1}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				before := heap()
				s := New(Options{})
				for i := range uint64(1_000_000) {
					s.Apply(0, putCommand(i*c.step))
				}
				b.ReportMetric(float64(heap()-before)/1e6, "B/pair")
				runtime.KeepAlive(s)
			}
		})
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkSnapshotOfAMillion(b *testing.B) {
	s := filled(1_000_000)
	var snapshot bytes.Buffer
	s.Capture().WriteTo(&snapshot)
	b.Run("write", func(b *testing.B) {
		for range b.N {
			s.Capture().WriteTo(io.Discard)
		}
	})
	b.Run("restore", func(b *testing.B) {
		for range b.N {
			if err := New(Options{}).Restore(bytes.NewReader(snapshot.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("adopt", func(b *testing.B) { // what of restore stays on the loop
		for range b.N {
			b.StopTimer()
			p, err := New(Options{}).Prepare(bytes.NewReader(snapshot.Bytes()))
			if err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			if err := p.Adopt(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
