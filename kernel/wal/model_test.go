package wal_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// op is what happened to one stream: an append, or a trim before lsn.
type op struct {
	stream string
	lsn    node.LSN
	data   []byte
}

// model is a log in memory: all records since the beginning, in order, with
// what was known to be durable and what was trimmed.
type model struct {
	appended []op
	durable  wal.Position
	first    map[string]node.LSN // trims asked for
	next     map[string]node.LSN
}

func newModel() *model {
	return &model{first: map[string]node.LSN{}, next: map[string]node.LSN{}}
}

func (m *model) append(stream string, lsn node.LSN, data []byte) {
	m.appended = append(m.appended, op{stream, lsn, data})
	m.next[stream] = lsn + 1
}

// crash forgets what the recovered log does not have.
func (m *model) crash(end wal.Position) {
	m.appended = m.appended[:end]
	m.durable = end
	clear(m.next)
	for _, o := range m.appended {
		m.next[o.stream] = o.lsn + 1
	}
}

// check compares a log with the model: every record that is not trimmed, and
// for trimmed ones nothing or the truth. A crash may undo trims.
func (m *model) check(w *wal.WAL, streams []string, exactTrims bool) error {
	for _, name := range streams {
		s := w.Stream(name)
		if got, want := s.Next(), max(1, m.next[name]); got != want {
			return fmt.Errorf("stream %s: Next is %d, want %d", name, got, want)
		}
		first := max(1, m.first[name])
		if s.First() > first && s.First() != s.Next() || exactTrims && s.First() != first {
			return fmt.Errorf("stream %s: First is %d, want %d", name, s.First(), first)
		}
		if err := m.checkRecords(s); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) checkRecords(s *wal.Stream) error {
	want := s.First()
	got := map[node.LSN][]byte{}
	for lsn, data := range s.Records(0) {
		if lsn != want {
			return fmt.Errorf("stream %s: record %d where %d was due", s.Name(), lsn, want)
		}
		got[lsn] = data
		want++
	}
	if want != s.Next() {
		return fmt.Errorf("stream %s: records end before %d, want %d", s.Name(), want, s.Next())
	}
	for _, o := range m.appended {
		if data, ok := got[o.lsn]; ok && o.stream == s.Name() && !bytes.Equal(data, o.data) {
			return fmt.Errorf("stream %s: record %d is %q, want %q", o.stream, o.lsn, data, o.data)
		}
	}
	return nil
}

// machine runs a random program against the log and the model.
type machine struct {
	disk    *disk.Faulty
	fuse    *fuse // cuts the power in the middle of a call
	w       *wal.WAL
	m       *model
	rand    *rand.Rand
	options wal.Options
	syncing func() (wal.Position, error)
}

var streams = []string{"a", "b", "lagging"}

func (x *machine) open(t *rapid.T) {
	x.syncing = nil
	for {
		var err error
		if x.w, err = wal.Open(x.fuse, x.options); err == nil {
			break
		}
		x.lightsOut(t, err)
	}
	if end := x.w.Position(); end < x.m.durable || end > wal.Position(len(x.m.appended)) {
		t.Fatalf("recovered up to %d; durable was %d of %d", end, x.m.durable, len(x.m.appended))
	}
	x.m.crash(x.w.Position())
	x.verify(t, false)
	for _, name := range streams { // what a crash undid is undone
		x.m.first[name] = x.w.Stream(name).First()
	}
}

func (x *machine) verify(t *rapid.T, exact bool) {
	if err := x.m.check(x.w, streams, exact); err != nil {
		t.Fatal(err)
	}
}

func (x *machine) step(t *rapid.T) {
	switch rapid.IntRange(0, 19).Draw(t, "op") {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		name := rapid.SampledFrom(streams).Draw(t, "stream")
		data := make([]byte, rapid.SampledFrom([]int{0, 1, 20, 100, 300, 700, 2000}).Draw(t, "size"))
		for i := range data {
			data[i] = byte(x.rand.Uint32())
		}
		x.m.append(name, x.w.Stream(name).Append(data), data)
	case 8, 9:
		x.do(t, x.w.Write)
	case 10:
		x.do(t, x.w.WriteBatch)
	case 11, 12:
		x.durable(x.do(t, x.w.Sync))
	case 13:
		if x.syncing == nil {
			x.syncing = x.w.BeginSync().End
		} else {
			finish := x.syncing
			x.syncing = nil
			x.durable(x.do(t, finish))
		}
	case 14:
		x.fuse.left = rapid.IntRange(0, 8).Draw(t, "fuse")
	case 15:
		name := rapid.SampledFrom(streams[:2]).Draw(t, "stream")
		before := node.LSN(rapid.Uint64Range(0, uint64(x.w.Stream(name).Next())).Draw(t, "before"))
		x.w.Stream(name).Trim(before)
		x.m.first[name] = max(x.m.first[name], before)
	case 16:
		if err := x.w.Err(); err != nil { // of a mark that no call waited for
			x.lightsOut(t, err)
			x.open(t)
		}
		x.verify(t, true)
	case 17:
		x.disk.Crash(x.rand)
		x.open(t)
	case 18:
		x.disk.Kill()
		x.open(t)
	case 19:
		if err := x.w.Close(); err != nil {
			x.lightsOut(t, err)
		} else {
			x.m.durable = wal.Position(len(x.m.appended))
		}
		x.open(t)
	}
}

// do calls f; if the power goes meanwhile, the log is opened again.
func (x *machine) do(t *rapid.T, f func() (wal.Position, error)) wal.Position {
	p, err := f()
	if err != nil {
		x.lightsOut(t, err)
		x.open(t)
		return 0
	}
	return p
}

// lightsOut crashes the disk, if that is why something failed.
func (x *machine) lightsOut(t *rapid.T, err error) {
	if !errors.Is(err, errBlown) {
		t.Fatal(err)
	}
	x.fuse.left = -1
	x.disk.Crash(x.rand)
}

func (x *machine) durable(p wal.Position) { x.m.durable = max(x.m.durable, p) }

func TestRecoveredLogIsAPrefixWithAllThatWasDurable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := disk.NewFaulty()
		x := &machine{
			disk: d,
			fuse: &fuse{FS: d, left: -1},
			m:    newModel(),
			rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)),
			options: wal.Options{
				SegmentSize: rapid.SampledFrom([]int64{1024, 2048, 4096, 16384}).Draw(t, "segment"),
				MaxBatch:    rapid.SampledFrom([]int{64, 500, 1500, 4096}).Draw(t, "batch"),
				Salt:        7,
				Halt:        func(err error) { t.Fatalf("halted: %v", err) },
			},
		}
		x.open(t)
		for range rapid.SampledFrom([]int{10, 50, 200, 400}).Draw(t, "steps") {
			x.step(t)
		}
		x.disk.Kill()
		x.open(t)
	})
}
