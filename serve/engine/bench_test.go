package engine_test

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/parleysystems/parley/serve/engine"
)

const benchRows = 200_000

func benchKey(i int) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(i)*0x9E3779B97F4A7C15)
}

func filled(b *testing.B) *engine.DB {
	db := open(b, b.TempDir(), &engine.Options{Memory: 256 << 20})
	value := make([]byte, 100)
	for i := 0; i < benchRows; {
		must(b, db.Update(func(tx *engine.Tx) error {
			for end := i + 1000; i < end; i++ {
				if err := tx.Put(benchKey(i), value); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return db
}

// load shares b.N operations among goroutines; one in so many is a write.
func load(b *testing.B, workers int, writes float64) {
	db := filled(b)
	value := make([]byte, 100)
	b.ReportAllocs()
	before := db.Stats()
	b.ResetTimer()
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < b.N; i += workers {
				key := benchKey(rand.IntN(benchRows))
				if rand.Float64() < writes {
					must(b, db.Update(func(tx *engine.Tx) error { return tx.Put(key, value) }))
					continue
				}
				must(b, db.View(func(tx *engine.Tx) error {
					_, found, err := tx.Get(key)
					if !found {
						b.Error("missing")
					}
					return err
				}))
			}
		})
	}
	wait.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
	if after := db.Stats(); after.Flushes > before.Flushes {
		b.ReportMetric(float64(after.Log.Commits-before.Log.Commits)/float64(after.Flushes-before.Flushes), "commits/flush")
	}
}

func BenchmarkOneWriter(b *testing.B)    { load(b, 1, 1) }
func BenchmarkManyWriters(b *testing.B)  { load(b, 32, 1) }
func BenchmarkEightReaders(b *testing.B) { load(b, 8, 0) }
func BenchmarkMix(b *testing.B)          { load(b, 8, 0.05) }
