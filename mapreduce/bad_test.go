package mapreduce

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// fails runs a job that must fail, say why, and leave nothing behind.
func fails(t *testing.T, plan Plan, o Options, want ...string) error {
	t.Helper()
	parent := t.TempDir()
	o.Temp = filepath.Join(parent, "temp")
	if err := os.Mkdir(o.Temp, 0o700); err != nil {
		t.Fatal(err)
	}
	if o.Output == "" {
		o.Output = filepath.Join(parent, "out")
	}
	_, err := Run(context.Background(), plan, o)
	if err == nil {
		t.Fatal("the job succeeded")
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%v\n\tdoes not say %q", err, w)
		}
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(o.Output), ".*partial*"))
	temp, _ := os.ReadDir(o.Temp)
	if len(left)+len(temp) > 0 {
		t.Errorf("left behind: %v %v", left, temp)
	}
	if _, err := os.Stat(filepath.Join(o.Output, Manifest)); err == nil {
		t.Error("there is a manifest")
	}
	return err
}

func input(t *testing.T, text string) (dir string) {
	dir = t.TempDir()
	write(t, dir, "input", []byte(text))
	return dir
}

func TestInputsThatCannotBeReadAreNamed(t *testing.T) {
	plan := mustPlan(t, countWords())
	fails(t, plan, Options{Inputs: []string{"no/such/file"}}, "input no/such/file", "no such file")
	fails(t, plan, Options{Inputs: []string{"nothing*here"}}, "the pattern matches nothing")
	dir := t.TempDir()
	fails(t, plan, Options{Inputs: []string{dir}}, "no input files")
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	fails(t, plan, Options{Inputs: []string{dir}}, "dangling", "no such file")
	secret := write(t, t.TempDir(), "secret", []byte("x"))
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		fails(t, plan, Options{Inputs: []string{secret}}, "secret", "permission denied")
	}
	fails(t, plan, Options{Inputs: []string{"/dev/null"}}, "no regular file")
	fails(t, plan, Options{Inputs: []string{write(t, t.TempDir(), "bad.gz", []byte("this is not what gzip writes"))}}, "map task 0, attempt 1", "bad.gz", "gzip: invalid header")
	fails(t, plan, Options{Inputs: []string{write(t, t.TempDir(), "bad.zst", []byte("not zstd"))}}, "bad.zst", "at byte 0", "magic number")
}

func TestAFileThatVanishesOrChangesIsAnError(t *testing.T) {
	for _, test := range []struct {
		change func(name string) error
		want   string
	}{
		{os.Remove, "no such file"},
		{func(name string) error { return os.WriteFile(name, []byte("other\n"), 0o600) }, "it was changed while the job ran: 4 bytes"},
	} {
		dir := input(t, "first\n")
		second := write(t, dir, "later", []byte("x y\n"))
		plan := mustPlan(t, Job[string, int]{Map: func(r Record, emit func(string, int)) error {
			return test.change(second)
		}})
		fails(t, plan, Options{Inputs: []string{filepath.Join(dir, "input"), second}, Tasks: 1}, "map task 0, attempt 1", second, test.want)
	}
}

func TestALineLongerThanTheLimitIsAnErrorWithItsPlace(t *testing.T) {
	dir := input(t, "short\n")
	name := filepath.Join(dir, "long")
	if err := os.WriteFile(name, []byte("begin\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, 1<<30); err != nil { // sparse: no byte of it is written
		t.Fatal(err)
	}
	fails(t, mustPlan(t, countWords()), Options{Inputs: []string{dir}, MaxRecord: 2 << 20, SplitSize: 1 << 40},
		"map task 0, attempt 1", name+", at byte 6", "longer than 2097152 bytes", "--max-record")
	// Divided, every piece but the first passes over it in vain.
	fails(t, mustPlan(t, countWords()), Options{Inputs: []string{dir}, MaxRecord: 2 << 20, SplitSize: 256 << 20, Tasks: 1},
		name+", at byte 6")
}

func TestAPanicOfMapIsAnErrorWithItsRecord(t *testing.T) {
	job := countWords()
	job.Map = func(r Record, emit func(string, int)) error {
		if r.Text == "bad" {
			var none []int
			_ = none[3]
		}
		emit(r.Text, 1)
		return nil
	}
	dir := input(t, "good\ngood\nbad\ngood\n")
	err := fails(t, mustPlan(t, job), Options{Inputs: []string{dir}},
		"map task 0, attempt 2", "record 2", filepath.Join(dir, "input")+", byte 10", "index out of range [3]", "bad_test.go", "nothing was written")
	var task *TaskError
	if !errors.As(err, &task) || task.Kind != MapTask || task.Attempt != 2 {
		t.Errorf("%#v", task)
	}
	var out bytes.Buffer
	s, err := Run(context.Background(), mustPlan(t, job), Options{Inputs: []string{dir}, Writer: &out, Skip: 1})
	if err != nil || out.String() != "good\t3\n" || s.Counters[countSkipped] != 1 || s.Counters[countEmitted] != 3 {
		t.Errorf("%v: %q, %v", err, out.String(), s.Counters)
	}
	job.Map = func(Record, func(string, int)) error { return io.ErrNoProgress }
	fails(t, mustPlan(t, job), Options{Inputs: []string{dir}, Skip: 2}, "record 2", "byte 10", io.ErrNoProgress.Error())
}

func TestAPanicOfReduceIsAnErrorWithItsKey(t *testing.T) {
	job := countWords()
	job.Reduce = func(key string, n iter.Seq[int], out *Output) error {
		if key == "b" {
			panic("no b")
		}
		_, err := fmt.Fprintln(out, key)
		return err
	}
	dir := input(t, "a b c\n")
	fails(t, mustPlan(t, job), Options{Inputs: []string{dir}, Partitions: 1}, "reduce task 0, attempt 2", "record 1", `key "b"`, "panic: no b", "bad_test.go")
	var out bytes.Buffer
	s, err := Run(context.Background(), mustPlan(t, job), Options{Inputs: []string{dir}, Writer: &out, Skip: 1})
	if err != nil || out.String() != "a\nc\n" || s.Counters[countSkippedBy] != 1 {
		t.Errorf("%v: %q", err, out.String())
	}
}

func TestMapsThatEmitNothingOrAllUnderOneKey(t *testing.T) {
	dir := input(t, strings.Repeat("some words\n", 300_000))
	nothing := mustPlan(t, Job[string, string]{Map: func(Record, func(string, string)) error { return nil }})
	out := filepath.Join(t.TempDir(), "out")
	s, err := Run(context.Background(), nothing, Options{Inputs: []string{dir}, Output: out, Partitions: 7})
	if err != nil || len(s.Outputs) != 7 || s.Counters[countOutput] != 0 {
		t.Errorf("%v: %v", err, s.Outputs)
	}
	one := mustPlan(t, Job[string, string]{
		Map: func(r Record, emit func(string, string)) error { emit("all", r.Text); return nil },
		Reduce: func(key string, values iter.Seq[string], out *Output) error {
			n := 0
			for range values {
				n++
			}
			_, err := fmt.Fprintln(out, key, n)
			return err
		},
	})
	var answer bytes.Buffer
	if _, err := Run(context.Background(), one, Options{Inputs: []string{dir}, Writer: &answer, Memory: fixedMemory + leastMemory}); err != nil || answer.String() != "all 300000\n" {
		t.Errorf("%v: %q", err, answer.String())
	}
}

func TestMorePartitionsThanKeys(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	s, err := Run(context.Background(), mustPlan(t, countWords()), Options{Inputs: []string{input(t, "a a\n")}, Output: out, Partitions: 100})
	if err != nil || len(s.Outputs) != 100 || s.Counters[countOutput] != int64(len("a\t2\n")) {
		t.Errorf("%v: %v", err, s.Counters)
	}
}

func TestAnOutputThatExistsIsLeftAlone(t *testing.T) {
	out := t.TempDir()
	write(t, out, "precious", []byte("data"))
	fails(t, mustPlan(t, countWords()), Options{Inputs: []string{input(t, "a\n")}, Output: out}, out, "precious", "nothing was changed")

	// Not even if it comes into being while the job runs.
	late := filepath.Join(t.TempDir(), "late")
	job := countWords()
	job.Reduce = func(string, iter.Seq[int], *Output) error {
		return errors.Join(os.MkdirAll(late, 0o700), os.WriteFile(filepath.Join(late, "precious"), nil, 0o600))
	}
	fails(t, mustPlan(t, job), Options{Inputs: []string{input(t, "a\n")}, Output: late}, late, "nothing was written")
	if _, err := os.Stat(filepath.Join(late, "precious")); err != nil {
		t.Error(err)
	}
}

func TestBadSettingsAreNamed(t *testing.T) {
	plan, dir := mustPlan(t, countWords()), input(t, "a\n")
	fails(t, plan, Options{Inputs: []string{dir}, Partitions: -1}, "-1 partitions")
	fails(t, plan, Options{Inputs: []string{dir}, Tasks: 5000}, "5000 tasks")
	if err := fails(t, plan, Options{Inputs: []string{dir}, Memory: 1 << 20}, "1048576 bytes"); !errors.Is(err, shuffle.ErrBudget) {
		t.Error(err)
	}
	plan.Format = Fixed(4)
	fails(t, plan, Options{Inputs: []string{dir}}, "not a multiple of the record's 4")
	job := countWords()
	job.Partition = func(string, int) int { return 9 }
	fails(t, mustPlan(t, job), Options{Inputs: []string{dir}, Partitions: 2}, "map task 0", "partition 9 of 2")
}

func TestAJobThatIsCancelledLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	job := countWords()
	job.Map = func(r Record, emit func(string, int)) error { cancel(); return nil }
	out := filepath.Join(t.TempDir(), "out")
	if _, err := Run(ctx, mustPlan(t, job), Options{Inputs: []string{input(t, "a\n")}, Output: out}); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "interrupted; nothing was written") {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(out)); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}
