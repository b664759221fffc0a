package live_test

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

func records(env node.Env, log string) (all []string) {
	for _, r := range env.Log(log).Records(0) {
		all = append(all, string(r))
	}
	return all
}

func TestLogsAndFilesAreThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	h := open(t, live.Config{Name: "a", Dir: dir})
	serve(t, h, "node", &actor{})
	synced := make(chan error, 1)
	do(t, h, "node", func(env node.Env) {
		env.Log("one").Append([]byte("1"))
		env.Log("two").Append([]byte("2"))
		f, err := env.Disk().Create("deep/new")
		if err != nil {
			t.Error(err)
			return
		}
		f.WriteAt([]byte("content"), 0)
		f.Sync(func(err error) {
			if err != nil {
				synced <- err
				return
			}
			env.Disk().Rename("deep/new", "other/final", func(err error) { synced <- err })
		})
		f.Close()
	})
	if err := await(t, "sync and rename", synced); err != nil {
		t.Fatal(err)
	}
	h.Close()
	h = open(t, live.Config{Name: "a", Dir: dir})
	serve(t, h, "node", &actor{})
	do(t, h, "node", func(env node.Env) {
		if one, two := records(env, "one"), records(env, "two"); strings.Join(append(one, two...), " ") != "1 2" {
			t.Errorf("logs have %q and %q", one, two)
		}
		if _, err := env.Disk().Open("deep/new"); !missing(err) {
			t.Errorf("the old name: %v", err)
		}
		f, err := env.Disk().Open("other/final")
		if err != nil {
			t.Error(err)
			return
		}
		content, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
		if string(content) != "content" || err != nil {
			t.Errorf("content %q, %v", content, err)
		}
	})
}

func TestTwoServicesDoNotShareLogsOrFiles(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	for _, service := range []string{"x", "y"} {
		serve(t, h, service, &actor{})
		do(t, h, service, func(env node.Env) {
			if got := records(env, "log"); len(got) != 0 {
				t.Errorf("%s finds %q in its log", service, got)
			}
			env.Log("log").Append([]byte(service))
			if names, err := env.Disk().List(""); len(names) != 0 || err != nil {
				t.Errorf("%s finds files %q, %v", service, names, err)
			}
			f, err := env.Disk().Create("file")
			if err != nil {
				t.Error(err)
				return
			}
			f.Close()
		})
	}
}

// A snapshot is written by a job, which does not know that its host is ending.
func TestAJobMayWriteAFileWhileTheHostEnds(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	serve(t, h, "node", &actor{})
	writing, ended := make(chan struct{}), make(chan error, 1)
	do(t, h, "node", func(env node.Env) {
		f, err := env.Disk().Create("snapshot")
		if err != nil {
			t.Error(err)
			return
		}
		env.Job(func() any {
			close(writing)
			for {
				if _, err := f.WriteAt([]byte("block"), 0); err != nil {
					ended <- err
					return nil
				}
			}
		}, func(any) { t.Error("a completion of an incarnation that ended") })
	})
	await(t, "the job", writing)
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := await(t, "the end of the job", ended); !errors.Is(err, live.ErrStopped) && !errors.Is(err, fs.ErrClosed) {
		t.Errorf("the job ended with %v", err)
	}
}

// slowDir is a disk on which the first sync of a directory does not end.
type slowDir struct {
	disk.FS
	dir          string
	begun, ended atomic.Int32
	gate         chan struct{}
}

func (s *slowDir) SyncDir(dir string) error {
	if dir != s.dir {
		return s.FS.SyncDir(dir)
	}
	if s.begun.Add(1) == 1 {
		<-s.gate
	}
	defer s.ended.Add(1)
	return s.FS.SyncDir(dir)
}

// Two workers sync at once, and whichever is over says that the file is there
// to stay: so its name must be.
func TestASyncThatOvertakesAnotherHasTheNameToo(t *testing.T) {
	fsys, err := disk.OS(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	slow := &slowDir{FS: fsys, dir: "files/node", gate: make(chan struct{})}
	h := open(t, live.Config{Name: "a", Disk: slow})
	serve(t, h, "node", &actor{})
	first, second := make(chan error, 1), make(chan error, 1)
	do(t, h, "node", func(env node.Env) {
		f, err := env.Disk().Create("file")
		if err != nil {
			t.Error(err)
			return
		}
		f.Sync(func(err error) { first <- err })
		f.Sync(func(err error) { second <- err })
	})
	over := second
	select {
	case err = <-first: // the other one was held up
	case err = <-second:
		over = first
	case <-time.After(patience):
		t.Fatal("neither sync is over")
	}
	if err != nil || slow.ended.Load() == 0 {
		t.Errorf("a sync is over (%v), and the directory was synced %d times", err, slow.ended.Load())
	}
	close(slow.gate)
	if err := await(t, "the sync that was held up", over); err != nil {
		t.Error(err)
	}
}
