//go:build interop

package mapreduce_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parleysystems/parley/mapreduce"
	"github.com/parleysystems/parley/mapreduce/corpus"
	"github.com/parleysystems/parley/mapreduce/jobs"
)

// TestMain makes this binary a worker, or a master, if it was started as one.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("MAPREDUCE_MASTER") != "":
		os.Exit(master())
	case os.Getenv("MAPREDUCE_WORKER") == "":
		os.Exit(m.Run())
	}
	slow, _ := time.ParseDuration(os.Getenv("MAPREDUCE_SLOW"))
	err := mapreduce.Work(mapreduce.WithInput(context.Background(), os.Stdin), mapreduce.WorkerOptions{
		Listen: "127.0.0.1:0", Library: library, Tasks: 1, Slow: slow, Memory: 128 << 20,
		Dir: os.Getenv("MAPREDUCE_DIR"), Ready: mapreduce.PrintReady(os.Stdout),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// library knows the jobs of parley mr, and one whose functions fail.
func library(spec []byte) (mapreduce.Plan, error) {
	if string(spec) == "panics" {
		return panics().Plan()
	}
	s, err := jobs.Decode(spec)
	if err != nil {
		return mapreduce.Plan{}, err
	}
	return jobs.Plan(s)
}

func panics() mapreduce.Job[string, int] {
	return mapreduce.Job[string, int]{
		Map: func(r mapreduce.Record, emit func(string, int)) error {
			if strings.HasPrefix(r.Text, "bad") {
				panic("no such word")
			}
			emit(r.Text, 1)
			return nil
		},
		Reduce: func(key string, values iter.Seq[int], out *mapreduce.Output) error {
			_, err := fmt.Fprintln(out, key)
			return err
		},
	}
}

type fleet struct {
	t    *testing.T
	all  *mapreduce.Fleet
	size int
}

// start begins n workers; set, if not nil, changes the command of each.
func start(t *testing.T, n int, set func(i int, cmd *exec.Cmd)) *fleet {
	t.Helper()
	i := 0
	f, err := mapreduce.Spawn(n, func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "MAPREDUCE_WORKER=1")
		cmd.Stderr = os.Stderr
		if set != nil {
			set(i, cmd)
		}
		i++
		return cmd
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &fleet{t, f, n}
}

func (f *fleet) cluster(s jobs.Spec) mapreduce.Cluster {
	return mapreduce.Cluster{Workers: f.all.Addresses, Spec: s.Encode()}
}

func text(t *testing.T, size int64) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "text")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := corpus.Text(f, size, 50_000, 1); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

var count = jobs.Spec{Job: "wordcount"}

func plan(t *testing.T, s jobs.Spec) mapreduce.Plan {
	t.Helper()
	p, err := jobs.Plan(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// alone is the answer of one process.
func alone(t *testing.T, input string) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := mapreduce.Run(t.Context(), plan(t, count), mapreduce.Options{Inputs: []string{input}, Writer: &out}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func options(input string, out *bytes.Buffer) mapreduce.Options {
	return mapreduce.Options{Inputs: []string{input}, Writer: out, SplitSize: 1 << 20}
}

func TestWorkersGiveWhatOneProcessGives(t *testing.T) {
	input := text(t, 8<<20)
	var out bytes.Buffer
	s, err := mapreduce.RunOn(t.Context(), start(t, 3, nil).cluster(count), plan(t, count), options(input, &out))
	if err != nil || out.String() != alone(t, input) {
		t.Fatalf("%v: %d bytes", err, out.Len())
	}
	if info, err := os.Stat(input); err != nil || s.Counters["input bytes"] != info.Size() {
		t.Errorf("%v: an execution was counted twice, or not at all", s.Counters)
	}
}

// A worker that is killed takes its completed map tasks with it; they are made again.
func TestAWorkerThatIsKilledInMidJobCostsNoWord(t *testing.T) {
	input := text(t, 16<<20)
	f := start(t, 4, func(_ int, cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "MAPREDUCE_SLOW=200ms") })
	var out bytes.Buffer
	o := options(input, &out)
	killed := false
	o.Progress = func(p mapreduce.Progress) {
		if p.Maps.Done >= 4 && !killed {
			killed = true
			if err := f.all.Processes[0].Signal(syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	}
	s, err := mapreduce.RunOn(t.Context(), f.cluster(count), plan(t, count), o)
	if err != nil || out.String() != alone(t, input) {
		t.Fatalf("%v: %d bytes", err, out.Len())
	}
	if !killed || s.Lost == 0 {
		t.Errorf("killed: %v; %v", killed, s)
	}
}

func TestAJobWithoutWorkersGivesUpAndLeavesNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	_, err := mapreduce.RunOn(t.Context(), mapreduce.Cluster{Workers: []string{"127.0.0.1:1"}, Spec: count.Encode(), Patience: time.Second},
		plan(t, count), mapreduce.Options{Inputs: []string{text(t, 1000)}, Output: out})
	if err == nil || !strings.Contains(err.Error(), "no worker can be reached for 1s: 127.0.0.1:1") {
		t.Error(err)
	}
	nothingIn(t, filepath.Dir(out))
}

func nothingIn(t *testing.T, dir string) {
	t.Helper()
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestAPanicOnAWorkerIsToldWithItsRecordAndTheWorkerGoesOn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(name, []byte("good\nbad\nfine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := panics().Plan()
	if err != nil {
		t.Fatal(err)
	}
	f := start(t, 1, nil)
	c := mapreduce.Cluster{Workers: f.all.Addresses, Spec: []byte("panics")}
	out := filepath.Join(t.TempDir(), "out")
	_, err = mapreduce.RunOn(t.Context(), c, p, mapreduce.Options{Inputs: []string{name}, Output: out})
	for _, want := range []string{"map task 0 failed 4 times", "attempt", "record 1", name + ", byte 5", "no such word", "nothing was written"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	nothingIn(t, filepath.Dir(out))

	var answer bytes.Buffer
	if _, err := mapreduce.RunOn(t.Context(), c, p, mapreduce.Options{Inputs: []string{name}, Writer: &answer, Skip: 1}); err != nil || answer.String() != "fine\ngood\n" {
		t.Errorf("%v: %q", err, answer.String())
	}
}

// Backup tasks: the slow worker holds the job up no longer than the others take to do
// its tasks as well.
func TestBackupTasksWinBackWhatASlowWorkerCosts(t *testing.T) {
	input := text(t, 8<<20)
	const slow = 20 * time.Second
	f := start(t, 3, func(i int, cmd *exec.Cmd) {
		if i == 0 {
			cmd.Env = append(cmd.Env, "MAPREDUCE_SLOW="+slow.String())
		}
	})
	var out bytes.Buffer
	s, err := mapreduce.RunOn(t.Context(), f.cluster(count), plan(t, count), options(input, &out))
	if err != nil || out.String() != alone(t, input) {
		t.Fatalf("%v: %d bytes", err, out.Len())
	}
	t.Logf("%v", s)
	if s.Backups == 0 || s.Wall > slow {
		t.Errorf("%d backup tasks, %v in all", s.Backups, s.Wall)
	}
}
