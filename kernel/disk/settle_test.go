package disk_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
)

// plain hides what a disk can do beyond FS.
type plain struct{ disk.FS }

// leave is what a process leaves behind that is killed with nothing synced: a
// new file, a longer one, one that was renamed, and one that is gone.
func leave(t testing.TB, fsys disk.FS) {
	for _, name := range []string{"files/long", "files/gone/last", "files/new.tmp", "other/long"} {
		f := create(t, fsys, name, fill('o', 700))
		must(t, f.Sync())
		must(t, fsys.SyncDir(filepath.Dir(name)))
		must(t, f.Close())
	}
	for _, name := range []string{"files/long", "other/long"} {
		f, err := fsys.Open(name)
		must(t, err)
		_, err = f.WriteAt(fill('n', 1000), 600)
		must(t, err)
		must(t, f.Close())
	}
	must(t, fsys.Rename("files/new.tmp", "files/deep/new"))
	must(t, fsys.Remove("files/gone/last"))
}

func TestWhatIsSettledSurvivesALossOfPower(t *testing.T) {
	lostElsewhere := false
	for seed := range uint64(40) {
		for name, wrap := range map[string]func(disk.FS) disk.FS{
			"faulty":  func(f disk.FS) disk.FS { return f },
			"by list": func(f disk.FS) disk.FS { return plain{f} },
			"sub":     func(f disk.FS) disk.FS { return disk.Sub(f, "in") },
		} {
			d := disk.NewFaulty()
			fsys := wrap(d)
			leave(t, fsys)
			d.Kill()
			must(t, disk.Settle(fsys, "files"))
			d.Crash(draws(seed))
			got, err := fsys.List("files/")
			must(t, err)
			want := []string{"files/deep/new", "files/long"}
			if name == "by list" { // which cannot know of a directory that is empty
				got = slices.DeleteFunc(got, func(f string) bool { return f == "files/gone/last" })
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s, seed %d: files %q, want %q", name, seed, got, want)
			}
			if long := content(t, fsys, "files/long"); len(long) != 1600 || long[599] != 'o' || long[600] != 'n' || long[1599] != 'n' {
				t.Fatalf("%s, seed %d: a settled file has lost what was written", name, seed)
			}
			lostElsewhere = lostElsewhere || len(content(t, fsys, "other/long")) != 1600
		}
	}
	if !lostElsewhere {
		t.Error("what was not asked for was settled as well")
	}
}

// A write after Settle is as uncertain as any.
func TestWhatIsWrittenAfterSettlingIsNotSettled(t *testing.T) {
	lost := false
	for seed := range uint64(40) {
		d := disk.NewFaulty()
		f := create(t, d, "files/a", fill('1', 512))
		must(t, disk.Settle(d, "files"))
		_, err := f.WriteAt(fill('2', 512), 0)
		must(t, err)
		d.Crash(draws(seed))
		switch after := content(t, d, "files/a"); {
		case len(after) != 512 || after[0] != '1' && after[0] != '2':
			t.Fatalf("seed %d: a settled file holds %q", seed, after)
		case after[0] == '1':
			lost = true
		}
	}
	if !lost {
		t.Error("no crash lost what was written afterwards")
	}
}

func TestSettlingReportsWhatCannotBeSynced(t *testing.T) {
	d := disk.NewFaulty()
	leave(t, d)
	failure := errors.New("input/output error")
	d.FailSync(failure)
	if err := disk.Settle(d, "files"); !errors.Is(err, failure) {
		t.Errorf("error %v", err)
	}
}

func TestSettlingWalksDirectories(t *testing.T) {
	each(t, func(t *testing.T, fsys disk.FS) {
		must(t, disk.Settle(fsys, "files"))
		leave(t, fsys)
		must(t, disk.Settle(fsys, "files"))
		if _, err := fsys.Open("files/gone/last"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a removed file: %v", err)
		}
		if got := content(t, fsys, "files/deep/new"); len(got) != 700 {
			t.Errorf("a renamed file holds %d bytes", len(got))
		}
	})
}
