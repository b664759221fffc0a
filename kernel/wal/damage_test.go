package wal_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// backing is a kind of disk.
type backing struct {
	name  string
	every int
	fresh func(t *testing.T) disk.FS
}

// backings are the disks that damage is tried on: a disk in memory, and a
// directory of the operating system. every thins out the places tried.
var backings = []backing{
	{"faulty", 1, func(t *testing.T) disk.FS { return disk.NewFaulty() }},
	{"os", 23, func(t *testing.T) disk.FS {
		fsys, err := disk.OS(t.TempDir())
		must(t, err)
		return fsys
	}},
}

var small = wal.Options{SegmentSize: 2048, MaxBatch: 1024, Halt: func(err error) { panic(err) }}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, fsys disk.FS, o wal.Options) *wal.WAL {
	t.Helper()
	w, err := wal.Open(fsys, o)
	must(t, err)
	return w
}

// texts returns all records of a stream as strings.
func texts(s *wal.Stream) []string {
	var all []string
	for _, data := range s.Records(0) {
		all = append(all, string(data))
	}
	return all
}

// written fills a log with batches of two streams: synced of them are durable,
// and then unsynced are only written. It returns what was appended.
func written(t testing.TB, w *wal.WAL, synced, unsynced int) []string {
	t.Helper()
	var all []string
	for i := range synced + unsynced {
		text := fmt.Sprintf("record %d of the first stream", i)
		all = append(all, text)
		w.Stream("first").Append([]byte(text))
		w.Stream("second").Append([]byte{byte(i)})
		_, err := w.Write()
		must(t, err)
		if i < synced {
			_, err := w.Sync()
			must(t, err)
		}
	}
	return all
}

// file is a file's name and content.
type file struct {
	name string
	data []byte
}

func load(t testing.TB, fsys disk.FS) []file {
	t.Helper()
	names, err := fsys.List("")
	must(t, err)
	var all []file
	for _, name := range names {
		f, err := fsys.Open(name)
		must(t, err)
		size, err := f.Size()
		must(t, err)
		data := make([]byte, size)
		_, err = f.ReadAt(data, 0)
		must(t, err)
		must(t, f.Close())
		all = append(all, file{name, data})
	}
	return all
}

func store(t testing.TB, fsys disk.FS, files []file) {
	t.Helper()
	for _, content := range files {
		f, err := fsys.Create(content.name)
		must(t, err)
		_, err = f.WriteAt(content.data, 0)
		must(t, err)
		must(t, f.Close())
	}
}

// lastByte returns where the last byte of a segment is that is not zero.
func lastByte(f file) int {
	for i := len(f.data) - 1; i >= 0; i-- {
		if f.data[i] != 0 {
			return i
		}
	}
	return -1
}

func TestTornTailIsCutAtEveryByte(t *testing.T) {
	for _, b := range backings {
		t.Run(b.name, func(t *testing.T) {
			fsys := b.fresh(t)
			w := open(t, fsys, small)
			all := written(t, w, 3, 0)
			whole := lastByte(load(t, fsys)[0]) + 1
			all = append(all, written(t, w, 0, 1)...)
			files := load(t, fsys)
			end := lastByte(files[0]) + 1
			for at := whole; at <= end; at += b.every {
				for _, rest := range []byte{0, 0xa5} {
					tried := file{files[0].name, slices.Clone(files[0].data)}
					for i := at; i < end; i++ {
						tried.data[i] = rest
					}
					fsys := b.fresh(t)
					store(t, fsys, []file{tried})
					checkCut(t, fsys, all, 3)
				}
			}
		})
	}
}

// checkCut opens a log that has at least the first durable records of all, and
// whose further ones are whole or gone. Then it goes on writing.
func checkCut(t *testing.T, fsys disk.FS, all []string, durable int) {
	t.Helper()
	w := open(t, fsys, small)
	got := texts(w.Stream("first"))
	if len(got) < durable || !slices.Equal(got, all[:len(got)]) {
		t.Fatalf("recovered %q, want a prefix of %q with at least %d", got, all, durable)
	}
	w.Stream("first").Append([]byte("more"))
	must(t, w.Close())
	w = open(t, fsys, small)
	if again := texts(w.Stream("first")); !slices.Equal(again, append(got, "more")) {
		t.Fatalf("after another record: %q", again)
	}
	must(t, w.Close())
}

func TestFlippedByteIsReportedOrWasNeverDurable(t *testing.T) {
	for _, b := range backings {
		for _, unsynced := range []int{0, 1} {
			t.Run(fmt.Sprintf("%s, %d unsynced", b.name, unsynced), func(t *testing.T) {
				fsys := b.fresh(t)
				all := written(t, open(t, fsys, small), 20, unsynced) // several segments
				files := load(t, fsys)
				if len(files) < 2 {
					t.Fatalf("only %d segments", len(files))
				}
				reported := 0
				for which := range files {
					reported += flipEach(t, b, files, which, all)
				}
				if reported < 1000/b.every {
					t.Errorf("only %d flips were reported", reported)
				}
			})
		}
	}
}

// flipEach flips the bytes of one file, one by one, and returns how many flips
// were reported. The first 20 records are durable.
func flipEach(t *testing.T, b backing, files []file, which int, all []string) (reported int) {
	t.Helper()
	for at := 0; at < len(files[which].data); at += b.every {
		tried := slices.Clone(files)
		tried[which].data = slices.Clone(tried[which].data)
		tried[which].data[at] ^= byte(1 << (at % 8))
		fsys := b.fresh(t)
		store(t, fsys, tried)
		if checkFlip(t, fsys, all, 20) {
			reported++
		}
	}
	return reported
}

// checkFlip opens a damaged log: it is refused, or has all that was durable.
func checkFlip(t *testing.T, fsys disk.FS, all []string, durable int) (reported bool) {
	t.Helper()
	w, err := wal.Open(fsys, small)
	if err != nil {
		var c *wal.CorruptError
		if !errors.As(err, &c) || c.Segment == 0 || c.Reason == "" {
			t.Fatalf("error without its place: %v", err)
		}
		return true
	}
	got := texts(w.Stream("first"))
	if len(got) < durable || !slices.Equal(got, all[:len(got)]) {
		t.Fatalf("served %q", got)
	}
	must(t, w.Close())
	return false
}

func TestDamageIsReportedWithItsPlace(t *testing.T) {
	fsys := disk.NewFaulty()
	w := open(t, fsys, small)
	written(t, w, 3, 0)
	name := fsys.Files("")[0]
	place := bytes.Index(load(t, fsys)[0].data, []byte("record 1"))
	fsys.Rot(name, int64(place), 0x40)
	_, err := wal.Open(fsys, small)
	var c *wal.CorruptError
	if !errors.As(err, &c) || c.Segment != 1 || c.Stream != "first" || c.Offset >= int64(place) || c.Offset < int64(place)-100 {
		t.Fatalf("error is %v, want segment 1, stream first, a batch that holds offset %d", err, place)
	}
}

func TestRotUnderAnOpenLogHaltsTheReader(t *testing.T) {
	for name, harm := range map[string]func(d *disk.Faulty, segment string, at int64){
		"a byte of a record":   func(d *disk.Faulty, segment string, at int64) { d.Rot(segment, at, 1) },
		"its length":           func(d *disk.Faulty, segment string, at int64) { d.Rot(segment, at-16, 1) },
		"its number":           func(d *disk.Faulty, segment string, at int64) { d.Rot(segment, at-8, 1) },
		"header of its batch":  func(d *disk.Faulty, segment string, at int64) { d.Rot(segment, at-60, 1) },
		"an unreadable sector": func(d *disk.Faulty, segment string, at int64) { d.Spoil(segment, at, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			var halted error
			o := small
			o.Halt = func(err error) { halted = err }
			d := disk.NewFaulty()
			w := open(t, d, o)
			all := written(t, w, 8, 0)
			at := bytes.Index(load(t, d)[0].data, []byte("record 6"))
			harm(d, d.Files("")[0], int64(at))
			got := texts(w.Stream("first"))
			if len(got) > 6 || !slices.Equal(got, all[:len(got)]) {
				t.Fatalf("served %q", got)
			}
			var c *wal.CorruptError
			if !errors.As(halted, &c) || c.Stream != "first" || c.Segment != 1 {
				t.Fatalf("halted with %v", halted)
			}
			if _, err := w.Commit(); err != halted {
				t.Fatalf("commit after that: %v", err)
			}
		})
	}
}

// A service may log what a client sent, and that may be a piece of another log
// which claims that much was durable. Torn, it must not stop the host.
func TestRecordsCannotImitateBatches(t *testing.T) {
	other := disk.NewFaulty()
	o := small
	o.Salt = 1
	written(t, open(t, other, o), 12, 0)
	forged := load(t, other)[0].data[512:1536] // begins with a batch
	d := disk.NewFaulty()
	o.Salt = 2
	w := open(t, d, o)
	written(t, w, 2, 0)
	_, err := w.Commit()
	must(t, err)
	w.Stream("first").Append(append(make([]byte, 4), forged...)) // at a multiple of 8
	_, err = w.Write()
	must(t, err)
	name := d.Files("")[0]
	at := bytes.Index(load(t, d)[0].data, forged)
	if at%8 != 0 {
		t.Fatalf("forged batches lie at %d", at)
	}
	d.Rot(name, int64(at)-60, 1)
	if got := texts(open(t, d, o).Stream("first")); len(got) != 2 {
		t.Fatalf("recovered %d records, want 2", len(got))
	}
}

func TestMissingPartsAreReported(t *testing.T) {
	full := disk.NewFaulty()
	w := open(t, full, small)
	written(t, w, 40, 0)
	must(t, w.Close())
	names := full.Files("")
	if len(names) < 4 {
		t.Fatalf("%d segments", len(names))
	}
	for name, harm := range map[string]func(*testing.T, *disk.Faulty){
		"first segment":  func(t *testing.T, d *disk.Faulty) { must(t, d.Remove(names[0])) },
		"middle segment": func(t *testing.T, d *disk.Faulty) { must(t, d.Remove(names[2])) },
		"end of a segment": func(t *testing.T, d *disk.Faulty) {
			f, err := d.Open(names[1])
			must(t, err)
			must(t, f.Truncate(1100))
		},
		"all of a segment": func(t *testing.T, d *disk.Faulty) {
			f, err := d.Open(names[len(names)-1])
			must(t, err)
			must(t, f.Truncate(0))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := full.Clone()
			harm(t, d)
			var c *wal.CorruptError
			if _, err := wal.Open(d, small); !errors.As(err, &c) {
				t.Fatalf("open: %v", err)
			}
		})
	}
}

func FuzzOpenGarbage(f *testing.F) {
	d := disk.NewFaulty()
	w := open(f, d, small)
	written(f, w, 3, 1)
	f.Add(load(f, d)[0].data, uint16(0), byte(0))
	f.Add(load(f, d)[0].data[:700], uint16(600), byte(1))
	f.Add([]byte("PARLEYWL"), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, mask byte) {
		if len(data) > 0 {
			data = slices.Clone(data)
			data[int(at)%len(data)] ^= mask
		}
		d := disk.NewFaulty()
		store(t, d, []file{{"wal/0000000000000001.wal", data}})
		w, err := wal.Open(d, small)
		if err != nil {
			return
		}
		s := w.Stream("first")
		lsn := node.LSN(0)
		for n := range s.Records(0) {
			lsn = n
		}
		if lsn+1 != s.Next() && s.First() != s.Next() {
			t.Fatalf("records end at %d, Next is %d", lsn, s.Next())
		}
		s.Append([]byte("more"))
		must(t, w.Close())
		open(t, d, small)
	})
}
