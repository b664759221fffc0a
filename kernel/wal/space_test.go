package wal_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
)

func TestLaggingStreamDoesNotPinTheSpaceOfOthers(t *testing.T) {
	for _, b := range backings {
		t.Run(b.name, func(t *testing.T) {
			o := wal.Options{SegmentSize: 16 << 10, MaxBatch: 4 << 10, Halt: func(err error) { panic(err) }}
			fsys := b.fresh(t)
			w := open(t, fsys, o)
			want := lag(t, w, 4000/b.every)
			if limit := 8 * o.SegmentSize; w.Size() > limit {
				t.Errorf("log takes %d bytes, want at most %d", w.Size(), limit)
			}
			if got := texts(w.Stream("lagging")); !slices.Equal(got, want) {
				t.Fatalf("lagging stream has %q", got)
			}
			must(t, w.Close())
			w = open(t, fsys, o)
			if got := texts(w.Stream("lagging")); !slices.Equal(got, want) {
				t.Fatalf("recovered %q", got)
			}
		})
	}
}

// lag appends to a stream that keeps its last 10 records, and now and then to
// one that keeps all.
func lag(t *testing.T, w *wal.WAL, count int) (kept []string) {
	t.Helper()
	busy, lagging := w.Stream("busy"), w.Stream("lagging")
	for i := range count {
		lsn := busy.Append(make([]byte, 100+i%300))
		if lsn > 10 {
			busy.Trim(lsn - 10)
		}
		if i%500 == 3 || i < 3 {
			kept = append(kept, fmt.Sprint("kept ", i))
			lagging.Append([]byte(kept[len(kept)-1]))
		}
		_, err := w.Commit()
		must(t, err)
	}
	return kept
}

// Copying takes a bounded part of the disk's time and space: a
// backlog far larger than the garbage must not be copied round and round.
func TestCleaningIsBoundedByWhatIsAppended(t *testing.T) {
	d := &fuse{FS: disk.NewFaulty(), left: -1}
	o := wal.Options{SegmentSize: 64 << 10, MaxBatch: 64 << 10, Halt: func(err error) { panic(err) }}
	w := open(t, d, o)
	backlog, busy := w.Stream("backlog"), w.Stream("busy")
	live := int64(0)
	for range 1000 {
		backlog.Append(make([]byte, 400))
		live += 420
		_, err := w.Commit()
		must(t, err)
	}
	most, before := int64(0), d.bytes
	for range 10000 {
		busy.Trim(busy.Append(make([]byte, 400)))
		start := d.bytes
		_, err := w.Commit()
		must(t, err)
		if n := d.bytes - start; n > 18<<10 { // one extent
			t.Fatalf("one commit wrote %d bytes", n)
		}
		most = max(most, w.Size())
	}
	if limit := 4*live + 4*o.SegmentSize; most > limit {
		t.Errorf("log took up to %d bytes, want at most %d", most, limit)
	}
	if n, limit := d.bytes-before, 10000*4*(400+4*40); n > limit {
		t.Errorf("wrote %d bytes, want at most %d", n, limit)
	}
	if n := len(texts(backlog)); n != 1000 {
		t.Errorf("backlog has %d records", n)
	}
}

func TestFullDiskStopsTheLogAndLosesNothing(t *testing.T) {
	d := disk.NewFaulty()
	w := open(t, d, small)
	all := written(t, w, 5, 0)
	d.SetCapacity(d.Used())
	var failed error
	for failed == nil {
		text := strings.Repeat("x", 100)
		w.Stream("first").Append([]byte(text))
		if _, failed = w.Commit(); failed == nil {
			all = append(all, text)
		}
	}
	if !errors.Is(failed, disk.ErrFull) {
		t.Fatalf("error is %v", failed)
	}
	for _, call := range []func() (wal.Position, error){w.Write, w.Sync, w.Commit} {
		if _, err := call(); err != failed {
			t.Fatalf("later call gives %v, want the same error", err)
		}
	}
	if err := w.Close(); err != failed {
		t.Fatalf("close gives %v", err)
	}
	d.Crash(rand.New(rand.NewPCG(1, 2)))
	w = open(t, d, small)
	if got := texts(w.Stream("first")); !slices.Equal(got, all) {
		t.Fatalf("recovered %q", got)
	}
	d.SetCapacity(0)
	w.Stream("first").Append([]byte("room again"))
	must(t, w.Close())
}

func TestFailedSyncIsFinal(t *testing.T) {
	d := disk.NewFaulty()
	w := open(t, d, small)
	all := written(t, w, 5, 0)
	durable := w.Durable()
	w.Stream("first").Append([]byte("lost"))
	_, err := w.Write()
	must(t, err)
	bad := errors.New("medium error")
	d.FailSync(bad)
	p, failed := w.Sync()
	if !errors.Is(failed, bad) || p != durable {
		t.Fatalf("sync gives %d, %v", p, failed)
	}
	d.FailSync(nil)
	for range 3 {
		w.Stream("first").Append([]byte("after"))
		if p, err := w.Commit(); err != failed || p != durable {
			t.Fatalf("later commit gives %d, %v", p, err)
		}
	}
	d.Crash(rand.New(rand.NewPCG(1, 2)))
	w = open(t, d, small)
	if got := texts(w.Stream("first")); len(got) < len(all) || !slices.Equal(got[:len(all)], all) {
		t.Fatalf("recovered %q", got)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	w := open(t, disk.NewFaulty(), wal.Options{})
	s, record := w.Stream("s"), make([]byte, 256)
	round := func() {
		for range 100 {
			s.Append(record)
		}
		s.Trim(s.Next())
	}
	commit := func() {
		_, err := w.Commit()
		must(t, err)
	}
	for range 5 {
		for range 8 {
			round()
		}
		commit()
	}
	if n := testing.AllocsPerRun(5, round); n > 0 {
		t.Errorf("100 appends allocate %v times", n)
	}
	commit()
}

func TestLargeRecordsGetRoomOfTheirOwn(t *testing.T) {
	d := disk.NewFaulty()
	w := open(t, d, small)
	large := make([]byte, 100_000)
	for i := range large {
		large[i] = byte(i)
	}
	for range 3 {
		w.Stream("s").Append(large)
		w.Stream("s").Append([]byte("small"))
	}
	must(t, w.Close())
	w = open(t, d, small)
	for lsn, data := range w.Stream("s").Records(1) {
		if want := string(large); lsn%2 == 1 && string(data) != want {
			t.Fatalf("record %d differs", lsn)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a record above MaxRecord did not panic")
		}
	}()
	w.Stream("s").Append(make([]byte, wal.MaxRecord+1))
}
