package disk_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/kernel/disk"
)

func draws(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func create(t testing.TB, fsys disk.FS, name string, data []byte) disk.File {
	t.Helper()
	f, err := fsys.Create(name)
	must(t, err)
	_, err = f.WriteAt(data, 0)
	must(t, err)
	return f
}

func content(t testing.TB, fsys disk.FS, name string) []byte {
	t.Helper()
	f, err := fsys.Open(name)
	must(t, err)
	defer f.Close()
	size, err := f.Size()
	must(t, err)
	p := make([]byte, size)
	n, err := f.ReadAt(p, 0)
	if n < len(p) {
		must(t, err)
	}
	return p
}

func fill(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

func TestCrashKeepsSectorsWhole(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(300) {
		d := disk.NewFaulty()
		f := create(t, d, "f", fill('o', 4*512))
		must(t, f.Sync())
		must(t, d.SyncDir("."))
		_, err := f.WriteAt(fill('n', 3*512), 256)
		must(t, err)
		d.Crash(draws(seed))
		after := content(t, d, "f")
		pattern := ""
		for at := 0; at < len(after); at += 512 {
			pattern += string(after[at+256])
			half := after[at : at+256]
			if at > 0 && at < 3*512 && half[0] != after[at+256] {
				t.Fatalf("seed %d: sector at %d is torn within", seed, at)
			}
		}
		seen[pattern] = true
	}
	for _, want := range []string{"oooo", "nnno", "nooo", "onoo", "nnoo"} {
		if !seen[want] {
			t.Errorf("no crash left %s; seen: %v", want, seen)
		}
	}
}

func TestSyncCoversWhatWasWrittenBeforeItBegan(t *testing.T) {
	lost := false
	for seed := range uint64(50) {
		d := disk.NewFaulty()
		f := create(t, d, "f", fill('1', 512))
		must(t, d.SyncDir("."))
		mark := disk.BeginSync(f)
		_, err := f.WriteAt(fill('2', 1024), 0)
		must(t, err)
		must(t, disk.EndSync(f, mark))
		d.Crash(draws(seed))
		switch after := content(t, d, "f"); {
		case len(after) < 512 || after[0] != '1' && after[0] != '2':
			t.Fatalf("seed %d: synced data is gone: %q", seed, after)
		case after[0] == '1':
			lost = true
		}
	}
	if !lost {
		t.Error("no crash lost what was written during the sync")
	}
}

// A program of writes and syncs: after a crash each sector holds what it held
// at the last sync or at some time after it.
func TestCrashNeverLosesWhatWasSynced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const sectors = 6
		d := disk.NewFaulty()
		f, _ := d.Create("f")
		if err := d.SyncDir("."); err != nil {
			t.Fatal(err)
		}
		var possible [sectors][]byte // first the synced one
		for i := range possible {
			possible[i] = []byte{0}
		}
		length := []int64{0}
		for step := range rapid.IntRange(0, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "op") {
			case 0:
				if f.Sync() != nil {
					t.Fatal("sync failed")
				}
				for i := range possible {
					possible[i] = possible[i][len(possible[i])-1:]
				}
				length = length[len(length)-1:]
			case 1:
				size := int64(rapid.IntRange(0, sectors).Draw(t, "size"))
				if err := f.Truncate(size * 512); err != nil {
					t.Fatal(err)
				}
				for i := size; i < sectors; i++ {
					possible[i] = append(possible[i], 0)
				}
				length = append(length, size)
			default:
				at := rapid.IntRange(0, sectors-1).Draw(t, "at")
				b := byte(step + 1)
				if _, err := f.WriteAt(fill(b, 512), int64(at)*512); err != nil {
					t.Fatal(err)
				}
				possible[at] = append(possible[at], b)
				length = append(length, max(length[len(length)-1], int64(at+1)))
			}
		}
		d.Crash(draws(rapid.Uint64().Draw(t, "seed")))
		g, err := d.Open("f")
		if err != nil {
			t.Fatal(err)
		}
		size, _ := g.Size()
		if !slices.Contains(length, size/512) {
			t.Fatalf("size %d, possible %v", size/512, length)
		}
		p := make([]byte, size)
		g.ReadAt(p, 0)
		for i := range size / 512 {
			b := p[i*512]
			if !bytes.Equal(p[i*512:(i+1)*512], fill(b, 512)) || b != 0 && !bytes.Contains(possible[i], []byte{b}) ||
				b == 0 && !bytes.Contains(possible[i], []byte{0}) && slices.Min(length) > i {
				t.Fatalf("sector %d holds %d, possible %v", i, b, possible[i])
			}
		}
	})
}

func TestNamesAreDurableAfterSyncDir(t *testing.T) {
	outcomes := map[string]bool{}
	for seed := range uint64(100) {
		d := disk.NewFaulty()
		must(t, create(t, d, "dir/old", []byte("x")).Sync())
		must(t, create(t, d, "other/kept", []byte("x")).Sync())
		must(t, d.SyncDir("dir"))
		must(t, d.SyncDir("other"))
		must(t, d.Rename("dir/old", "dir/new"))
		must(t, d.Remove("other/kept"))
		must(t, d.SyncDir("other"))
		d.Crash(draws(seed))
		names, err := d.List("")
		must(t, err)
		if len(names) != 1 || names[0] != "dir/old" && names[0] != "dir/new" {
			t.Fatalf("seed %d: files %q", seed, names)
		}
		outcomes[names[0]] = true
	}
	if len(outcomes) != 2 {
		t.Errorf("an unsynced rename always ends as %v", outcomes)
	}
}

func TestHandlesDieWithTheBoot(t *testing.T) {
	for name, end := range map[string]func(*disk.Faulty){
		"crash": func(d *disk.Faulty) { d.Crash(draws(1)) },
		"kill":  (*disk.Faulty).Kill,
		"wipe":  (*disk.Faulty).Wipe,
	} {
		d := disk.NewFaulty()
		f := create(t, d, "f", []byte("x"))
		mark := disk.BeginSync(f)
		end(d)
		_, write := f.WriteAt([]byte("y"), 0)
		for _, err := range []error{write, f.Sync(), disk.EndSync(f, mark), f.Truncate(0), f.Close()} {
			if !errors.Is(err, disk.ErrDead) {
				t.Errorf("after %s: %v", name, err)
			}
		}
	}
}

func TestKillKeepsTheCacheThatACrashMayLose(t *testing.T) {
	lost := false
	for seed := range uint64(30) {
		d := disk.NewFaulty()
		must(t, create(t, d, "f", nil).Sync())
		must(t, d.SyncDir("."))
		f, err := d.Open("f")
		must(t, err)
		_, err = f.WriteAt([]byte("cached"), 0)
		must(t, err)
		d.Kill()
		if string(content(t, d, "f")) != "cached" {
			t.Fatal("killing the process lost the cache")
		}
		d.Crash(draws(seed))
		lost = lost || string(content(t, d, "f")) != "cached"
	}
	if !lost {
		t.Error("no crash lost it")
	}
}

func TestFullDiskRefusesAndRecovers(t *testing.T) {
	d := disk.NewFaulty()
	d.SetCapacity(4096)
	f := create(t, d, "a", fill(1, 2048))
	g := create(t, d, "b", nil)
	_, err := g.WriteAt(fill(2, 4096), 0)
	if !errors.Is(err, disk.ErrFull) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("write gives %v", err)
	}
	if err := g.Preallocate(2049); !errors.Is(err, disk.ErrFull) {
		t.Fatalf("preallocate gives %v", err)
	}
	must(t, g.Preallocate(2048))
	_, err = g.WriteAt(fill(2, 2048), 0) // reserved
	must(t, err)
	_, err = f.WriteAt(fill(3, 2048), 0) // in place
	must(t, err)
	must(t, d.Remove("a"))
	if d.Used() != 2048 {
		t.Fatalf("used %d", d.Used())
	}
	_, err = g.WriteAt(fill(2, 4096), 0)
	must(t, err)
}

func TestFailedSyncStaysFailed(t *testing.T) {
	d := disk.NewFaulty()
	f := create(t, d, "f", []byte("x"))
	bad := errors.New("medium error")
	d.FailSync(bad)
	if err := f.Sync(); !errors.Is(err, bad) {
		t.Fatalf("sync gives %v", err)
	}
	if err := d.SyncDir("."); !errors.Is(err, bad) {
		t.Fatalf("sync of the directory gives %v", err)
	}
	d.FailSync(nil)
	if err := f.Sync(); !errors.Is(err, bad) {
		t.Fatalf("second sync gives %v", err)
	}
	must(t, create(t, d, "g", nil).Sync())
}

func TestRotAndUnreadableSectors(t *testing.T) {
	d := disk.NewFaulty()
	f := create(t, d, "f", fill(0, 2048))
	must(t, f.Sync())
	if !d.Rot("f", 700, 0x81) || d.Rot("f", 2048, 1) || d.Rot("none", 0, 1) {
		t.Fatal("rot of the wrong bytes")
	}
	if got := content(t, d, "f"); got[700] != 0x81 || bytes.Count(got, []byte{0}) != 2047 {
		t.Fatal("not just that byte has changed")
	}
	name, at, ok := d.RotSomewhere(draws(1), "f")
	if got := content(t, d, "f"); !ok || name != "f" || got[at] == 0 {
		t.Fatalf("rot at %s %d %v", name, at, ok)
	}
	d.Spoil("f", 600, 1)
	n, err := f.ReadAt(make([]byte, 2048), 0)
	if n != 512 || !errors.Is(err, disk.ErrUnreadable) {
		t.Fatalf("read %d bytes, %v", n, err)
	}
	_, err = f.WriteAt(fill(1, 512), 512)
	must(t, err)
	_, err = f.ReadAt(make([]byte, 2048), 0)
	must(t, err)
}

func TestSameDrawsSameDisk(t *testing.T) {
	run := func() []byte {
		d, r := disk.NewFaulty(), draws(7)
		f := create(t, d, "f", nil)
		must(t, d.SyncDir("."))
		for i := range 200 {
			_, err := f.WriteAt(fill(byte(i), 300), r.Int64N(20_000))
			must(t, err)
			if i%20 == 7 {
				must(t, f.Sync())
			}
		}
		d.Crash(r)
		d.RotSomewhere(r, "")
		return content(t, d, "f")
	}
	if !bytes.Equal(run(), run()) {
		t.Error("two runs differ")
	}
}

func TestWipeEmptiesTheDisk(t *testing.T) {
	d := disk.NewFaulty()
	create(t, d, "f", []byte("x"))
	d.Wipe()
	if _, err := d.Open("f"); !errors.Is(err, fs.ErrNotExist) || d.Used() != 0 {
		t.Errorf("after a wipe: %v, %d bytes", err, d.Used())
	}
}

func TestSparseFilesCostWhatWasWritten(t *testing.T) {
	d := disk.NewFaulty()
	f, err := d.Create("f")
	must(t, err)
	_, err = f.WriteAt([]byte("x"), 10<<20)
	must(t, err)
	if d.Used() != 512 {
		t.Errorf("used %d", d.Used())
	}
}
