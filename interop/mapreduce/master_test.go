//go:build interop

package mapreduce_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleysystems/parley/mapreduce"
	"github.com/parleysystems/parley/mapreduce/jobs"
)

// errand is what a master process is to do.
type errand struct {
	Workers []string
	Spec    jobs.Spec
	Input   string
	Output  string
	Keep    string
	Split   int64
}

// master is a process that runs one job, and says what is done as it goes.
func master() int {
	var e errand
	if err := json.Unmarshal([]byte(os.Getenv("MAPREDUCE_MASTER")), &e); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	plan, err := jobs.Plan(e.Spec)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	done := -1
	s, err := mapreduce.RunOn(context.Background(), mapreduce.Cluster{Workers: e.Workers, Spec: e.Spec.Encode(), Checkpoint: e.Keep}, plan,
		mapreduce.Options{Inputs: []string{e.Input}, Output: e.Output, Partitions: 3, SplitSize: e.Split, Progress: func(p mapreduce.Progress) {
			if now := p.Maps.Done + p.Reduces.Done; now != done {
				done = now
				fmt.Printf("done %d\n", done)
			}
		}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("%v", s)
	return 0
}

// runMaster runs a master, and kills it as soon as so many tasks are done; 0 lets it run to
// its end. It returns what it said.
func runMaster(t *testing.T, e errand, until int) (said string, killed bool) {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MAPREDUCE_MASTER="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&all, lines.Text())
		var done int
		if n, _ := fmt.Sscanf(lines.Text(), "done %d", &done); n == 1 && until > 0 && done >= until && !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil && !killed {
		t.Fatalf("%v\n%s", err, all.String())
	}
	return all.String(), killed
}

// kill -9 of the master, early, among the maps, and at the end: the same command goes on.
// The workers live and are told by the next master what counts.
func TestAMasterThatIsKilledIsFollowedByOneThatGoesOn(t *testing.T) {
	input := text(t, 24<<20)
	f := start(t, 3, func(_ int, cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "MAPREDUCE_SLOW=150ms") })
	parent := t.TempDir()
	e := errand{Workers: f.all.Addresses, Spec: count, Input: input, Output: filepath.Join(parent, "out"), Keep: filepath.Join(parent, "kept"), Split: 1 << 20}
	const tasks = 24 + 3
	kills := 0
	for _, until := range []int{1, 10, 18, tasks - 1} {
		if _, err := os.Stat(e.Output); err == nil {
			t.Fatal("there is an output, and the job is not over")
		}
		said, killed := runMaster(t, e, until)
		if !killed {
			t.Fatalf("the job ended before %d tasks were done:\n%s", until, said)
		}
		kills++
	}
	said, _ := runMaster(t, e, 0)
	if !strings.Contains(said, "went on from a checkpoint") {
		t.Errorf("after %d masters the last began anew:\n%s", kills, said)
	}
	parts, err := filepath.Glob(filepath.Join(e.Output, "part-*"))
	if err != nil || len(parts) != 3 {
		t.Fatalf("%v: %v", err, parts)
	}
	got := map[string]bool{}
	for _, p := range parts {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if got[line] {
				t.Fatalf("%q twice", line)
			}
			got[line] = true
		}
	}
	want := alone(t, input)
	for line := range strings.Lines(want) {
		if !got[line] {
			t.Fatalf("%q is missing", line)
		}
	}
	if n := strings.Count(want, "\n"); len(got) != n {
		t.Errorf("%d lines, want %d", len(got), n)
	}
	if entries, _ := os.ReadDir(parent); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
