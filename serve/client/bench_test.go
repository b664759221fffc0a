package client_test

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parleysystems/parley/serve/client"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// The three hosts and the client share one process here, so CPU-µs/op is what
// an operation costs all of them together: on a shared machine it says more than
// the rate does. What beside etcd comes out is in bench/store.
func BenchmarkPut(b *testing.B) {
	value := make([]byte, 256)
	benchmark(b, func(c *client.Client, key []byte, done func(error)) {
		c.Start(&kv.Command{Put: &kv.Put{Key: key, Value: value}}, func(_ *kv.Result, err error) { done(err) })
	})
}

func BenchmarkLeaseGet(b *testing.B) {
	benchmark(b, func(c *client.Client, key []byte, done func(error)) {
		c.StartRange(rsm.Lease, &kv.Range{Key: key}, func(_ *kv.RangeResult, err error) { done(err) })
	})
}

// benchmark keeps 500 requests outstanding at each of four clients.
func benchmark(b *testing.B, request func(c *client.Client, key []byte, done func(error))) {
	s := newStack(b)
	var clients []*client.Client
	for range 4 {
		clients = append(clients, s.client())
	}
	fill(b, clients[0])
	var left atomic.Int64
	left.Store(int64(b.N))
	var running sync.WaitGroup
	spent := cpu(b)
	b.ResetTimer()
	for i, c := range clients {
		for j := range 500 {
			r := rand.New(rand.NewPCG(uint64(i), uint64(j)))
			running.Add(1)
			var next func(error)
			next = func(err error) {
				if err != nil {
					b.Error(err)
				}
				if err != nil || left.Add(-1) < 0 {
					running.Done()
					return
				}
				request(c, key(r.Uint64N(keys)), next)
			}
			next(nil)
		}
	}
	running.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
	b.ReportMetric(float64((cpu(b)-spent).Microseconds())/float64(b.N), "CPU-µs/op")
}

const keys = 10_000

func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func fill(b *testing.B, c *client.Client) {
	b.Helper()
	ended := make(chan error, keys)
	for n := range uint64(keys) {
		if n%1000 == 999 {
			if _, err := c.Put(within(b), key(n), nil); err != nil {
				b.Fatal(err)
			}
		}
		c.Start(&kv.Command{Put: &kv.Put{Key: key(n), Value: make([]byte, 256)}}, func(_ *kv.Result, err error) { ended <- err })
	}
	for range keys {
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	}
}

// cpu returns the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
