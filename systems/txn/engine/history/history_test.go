package history

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/node"
)

// files is a directory in memory.
type files struct{ disk.FS }

func (d files) Create(name string) (node.File, error)    { return wrap(d.FS.Create(name)) }
func (d files) Open(name string) (node.File, error)      { return wrap(d.FS.Open(name)) }
func (d files) Rename(from, to string, done func(error)) { done(d.FS.Rename(from, to)) }

type file struct{ disk.File }

func (f file) Sync(done func(error)) { done(f.File.Sync()) }

func wrap(f disk.File, err error) (node.File, error) {
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

// draw makes entries in order, with many of one key and long values among them.
func draw(r *rand.Rand) (all []Entry) {
	keys := map[string]bool{}
	for range 1 + r.IntN(400) {
		keys[strings.Repeat(string(rune('a'+r.IntN(26))), 1+r.IntN(9))+fmt.Sprint(r.IntN(500))] = true
	}
	sorted := []string{}
	for k := range keys {
		sorted = append(sorted, k)
	}
	slices.Sort(sorted)
	for _, k := range sorted {
		n := 1
		if r.IntN(20) == 0 {
			n = 1 + r.IntN(200) // more than a block
		}
		for i := range n {
			length := r.IntN(100)
			if r.IntN(50) == 0 {
				length = r.IntN(20_000)
			}
			all = append(all, Entry{
				Key: []byte(k), Before: make([]byte, length), Found: r.IntN(2) == 0,
				Unit: Unit{uint64(i), r.IntN(5) == 0},
			})
		}
	}
	return all
}

// Whatever is asked of a run, in any order, is what a look at all entries says.
func TestRunAnswersAsItsEntriesDo(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		all := draw(r)
		device := disk.NewFaulty()
		run, err := Write(files{device}, "run", slices.Values(all))
		if err != nil {
			t.Fatal(err)
		}
		c := run.Cursor()
		for range 300 {
			key := all[r.IntN(len(all))].Key
			if r.IntN(3) == 0 {
				key = append(slices.Clone(key), byte(r.IntN(100)))
			}
			compare(t, c, all, key, uint64(r.IntN(100)))
		}
		if err := run.Drop(); err != nil || len(device.Files("")) > 0 {
			t.Fatal(err, device.Files(""))
		}
	}
}

// compare asks everything about one key.
func compare(t *testing.T, c *Cursor, all []Entry, key []byte, least uint64) {
	t.Helper()
	want := func(u Unit) bool { return u.Number >= least }
	var found *Entry
	var from, below []byte
	for i := range all {
		e := &all[i]
		if found == nil && string(e.Key) == string(key) && want(e.Unit) {
			found = e
		}
		if from == nil && string(e.Key) >= string(key) {
			from = e.Key
		}
		if string(e.Key) < string(key) {
			below = e.Key
		}
	}
	e, err := c.Find(key, want)
	if err != nil || (e == nil) != (found == nil) || e != nil && (e.Unit != found.Unit || len(e.Before) != len(found.Before) || e.Found != found.Found) {
		t.Fatalf("key %q from %d: %v, %v, not %v", key, least, e, err, found)
	}
	if k, err := c.From(key); err != nil || string(k) != string(from) {
		t.Fatalf("from %q: %q, %v, not %q", key, k, err, from)
	}
	if k, err := c.Below(key); err != nil || string(k) != string(below) {
		t.Fatalf("below %q: %q, %v, not %q", key, k, err, below)
	}
	if k, err := c.Below(nil); err != nil || string(k) != string(all[len(all)-1].Key) {
		t.Fatalf("the last: %q, %v", k, err)
	}
}

// A block that has changed on the disk is an error that names it (H2).
func TestDamageIsNamed(t *testing.T) {
	device := disk.NewFaulty()
	run, err := Write(files{device}, "run", slices.Values(draw(rand.New(rand.NewPCG(1, 1)))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.file.WriteAt([]byte{0xff}, run.blocks[1].offset+20); err != nil {
		t.Fatal(err)
	}
	err = run.Cursor().load(1)
	if want := fmt.Sprintf("history: run, block at offset %d: it is not as it was written", run.blocks[1].offset); err == nil || err.Error() != want {
		t.Fatalf("%v, not %s", err, want)
	}
}

// FuzzBlock parses whatever comes; what is sound comes out as it went in.
func FuzzBlock(f *testing.F) {
	b := make([]byte, head)
	for _, e := range draw(rand.New(rand.NewPCG(2, 2)))[:10] {
		b = appendEntry(b, &e)
	}
	seal(b)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= head {
			seal(b)
		}
		entries, err := parse(b)
		if err != nil {
			return
		}
		again := make([]byte, head)
		for i := range entries {
			again = appendEntry(again, &entries[i])
		}
		seal(again)
		back, err := parse(again)
		if err != nil || len(back) != len(entries) {
			t.Fatal(err)
		}
	})
}
