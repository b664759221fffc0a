package wal_test

import (
	"encoding/binary"
	"sync"
	"testing"

	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// Services append, read and trim while a syncer writes ahead of its own sync:
// what a live host does. The race detector watches.
func TestAppendersReadersAndTheSyncerRunTogether(t *testing.T) {
	for _, b := range backings {
		t.Run(b.name, func(t *testing.T) {
			w := open(t, b.fresh(t), wal.Options{SegmentSize: 16 << 10, MaxBatch: 2 << 10, Halt: func(err error) { panic(err) }})
			var services sync.WaitGroup
			for _, name := range []string{"a", "b", "c", "d"} {
				services.Go(func() { serve(t, w.Stream(name), 2000/b.every) })
			}
			done := make(chan struct{})
			go func() { services.Wait(); close(done) }()
			pipeline(t, w, done)
			if w.Durable() != w.Position() {
				t.Errorf("durable up to %d of %d", w.Durable(), w.Position())
			}
			must(t, w.Close())
		})
	}
}

// serve appends numbers, keeps a window of them, and reads it back.
func serve(t *testing.T, s *wal.Stream, count int) {
	for i := range count {
		lsn := s.Append(binary.BigEndian.AppendUint64(make([]byte, 0, 300), uint64(i+1))[:50+i%200])
		if i%50 == 0 {
			s.Trim(max(lsn, 120) - 120)
			want := s.First()
			for got, data := range s.Records(0) {
				if got != want || node.LSN(binary.BigEndian.Uint64(data)) != want {
					t.Errorf("record %d is %x, want %d", got, data, want)
					return
				}
				want++
			}
		}
	}
}

// pipeline writes on one goroutine and syncs on another, until done.
func pipeline(t *testing.T, w *wal.WAL, done chan struct{}) {
	syncs := make(chan func() (wal.Position, error), 2)
	var syncer sync.WaitGroup
	syncer.Go(func() {
		for finish := range syncs {
			if _, err := finish(); err != nil {
				t.Error(err)
			}
		}
	})
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		if _, err := w.WriteBatch(); err != nil {
			t.Error(err)
		}
		syncs <- w.BeginSync().End
	}
	_, err := w.Commit()
	must(t, err)
	close(syncs)
	syncer.Wait()
}
