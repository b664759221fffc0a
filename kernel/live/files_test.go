package live_test

import (
	"io"
	"strings"
	"testing"

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
