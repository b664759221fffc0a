package wal_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
)

func osLog(b *testing.B) *wal.WAL {
	fsys, err := disk.OS(b.TempDir())
	must(b, err)
	w := open(b, fsys, wal.Options{})
	b.Cleanup(func() { must(b, w.Close()) })
	return w
}

// BenchmarkAppend is the cost of handing over a record, without any I/O.
func BenchmarkAppend(b *testing.B) {
	w := open(b, disk.NewFaulty(), wal.Options{})
	s, record := w.Stream("s"), make([]byte, 256)
	b.ReportAllocs()
	b.SetBytes(256)
	for i := 0; b.Loop(); i++ {
		s.Append(record)
		if i%512 == 511 {
			b.StopTimer()
			s.Trim(s.Next())
			_, err := w.Commit()
			must(b, err)
			b.StartTimer()
		}
	}
}

// BenchmarkSimulatedCommit is a step of a simulated host: append, write, sync.
func BenchmarkSimulatedCommit(b *testing.B) {
	w := open(b, disk.NewFaulty(), wal.Options{SegmentSize: 64 << 10})
	s, record := w.Stream("s"), make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if lsn := s.Append(record); lsn%64 == 0 {
			s.Trim(lsn)
		}
		_, err := w.Commit()
		must(b, err)
	}
}

// BenchmarkCommit is one appender that waits for the disk each time.
func BenchmarkCommit(b *testing.B) {
	w := osLog(b)
	s, record := w.Stream("s"), make([]byte, 256)
	b.ReportAllocs()
	for b.Loop() {
		s.Append(record)
		_, err := w.Commit()
		must(b, err)
	}
}

// BenchmarkFloor is what the disk takes for as many bytes without a log: the
// others' times mean something beside it, in the same run.
func BenchmarkFloor(b *testing.B) {
	fsys, err := disk.OS(b.TempDir())
	must(b, err)
	f, err := fsys.Create("f")
	must(b, err)
	must(b, f.Preallocate(64<<20))
	must(b, f.Sync())
	record, at := make([]byte, 320), int64(0)
	for b.Loop() {
		_, err := f.WriteAt(record, at%(63<<20))
		must(b, err)
		must(b, f.Sync())
		at += int64(len(record))
	}
}

// BenchmarkGroupCommit is 64 appenders, each of which waits for its own record
// to be durable, and a syncer.
func BenchmarkGroupCommit(b *testing.B) {
	w := osLog(b)
	var g group
	g.arrived.L, g.durable.L = &g.mu, &g.mu
	var appenders, syncer sync.WaitGroup
	syncer.Go(func() { g.sync(b, w) })
	var left atomic.Int64
	left.Store(int64(b.N))
	for range 64 {
		appenders.Go(func() {
			s, record := w.Stream("s"), make([]byte, 256)
			for left.Add(-1) >= 0 {
				s.Append(record)
				g.wait(w.Position())
			}
		})
	}
	appenders.Wait()
	g.mu.Lock()
	g.stop = true
	g.arrived.Signal()
	g.mu.Unlock()
	syncer.Wait()
}

// group is a commit that many wait for.
type group struct {
	mu               sync.Mutex
	arrived, durable sync.Cond
	wanted, reached  wal.Position
	stop             bool
}

func (g *group) wait(p wal.Position) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wanted = max(g.wanted, p)
	g.arrived.Signal()
	for g.reached < p {
		g.durable.Wait()
	}
}

func (g *group) sync(b *testing.B, w *wal.WAL) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.stop {
		if g.wanted == g.reached {
			g.arrived.Wait()
			continue
		}
		g.mu.Unlock()
		p, err := w.Commit()
		g.mu.Lock()
		if err != nil {
			b.Error(err)
		}
		g.reached = p
		g.durable.Broadcast()
	}
}

// BenchmarkRead reads a stream back in order.
func BenchmarkRead(b *testing.B) {
	w := osLog(b)
	s, record := w.Stream("s"), make([]byte, 256)
	const count = 50_000
	for range count {
		s.Append(record)
	}
	_, err := w.Commit()
	must(b, err)
	b.ReportAllocs()
	b.SetBytes(count * 256)
	for b.Loop() {
		for range s.Records(0) {
		}
	}
}
