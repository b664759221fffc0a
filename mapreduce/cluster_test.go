package mapreduce

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/mapreduce/watch"
)

// patience is what a loaded machine may take for anything.
const patience = time.Minute

// counting is the one job of these tests' workers. begun is called with each map task's
// first record.
func counting(t testing.TB, begun func()) Plan {
	job := countWords()
	mapWords := job.Map
	job.Map = func(r Record, emit func(string, int)) error {
		if begun != nil && r.Offset == 0 {
			begun()
		}
		return mapWords(r, emit)
	}
	return mustPlan(t, job)
}

// employ begins n workers in this process, and returns their addresses.
func employ(t *testing.T, n int, plan Plan, o WorkerOptions) (addresses []string) {
	t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	var all sync.WaitGroup
	t.Cleanup(func() { leave(); all.Wait() })
	for range n {
		o := o
		ready := make(chan string, 1)
		o.Listen, o.Dir, o.Tasks, o.Memory = "127.0.0.1:0", t.TempDir(), 1, 64<<20
		o.Library = func([]byte) (Plan, error) { return plan, nil }
		o.Ready = func(address string) { ready <- address }
		failed := make(chan error, 1)
		all.Go(func() { failed <- Work(ctx, o) })
		select {
		case a := <-ready:
			addresses = append(addresses, a)
		case err := <-failed:
			t.Fatal(err)
		}
	}
	return addresses
}

// manyFiles are inputs of eight bytes, of one split each if that is its size.
func manyFiles(t *testing.T, n int) (dir, want string) {
	t.Helper()
	dir = t.TempDir()
	for i := range n {
		write(t, dir, fmt.Sprintf("f%02d", i), []byte("a b\nb c\n"))
	}
	return dir, fmt.Sprintf("a\t%d\nb\t%d\nc\t%d\n", n, 2*n, n)
}

// A master that ends in mid-job has a successor: what was done is not done again.
func TestAnotherMasterGoesOnFromTheCheckpoint(t *testing.T) {
	const files = 12
	dir, want := manyFiles(t, files)
	var mu sync.Mutex
	mapped := 0
	hold := make(chan struct{})
	release := sync.OnceFunc(func() { close(hold) })
	defer release()
	plan := counting(t, func() {
		mu.Lock()
		mapped++
		waits := mapped > files/2
		mu.Unlock()
		if waits {
			<-hold
		}
	})
	parent := t.TempDir()
	c := Cluster{Workers: employ(t, 2, plan, WorkerOptions{}), Spec: []byte("count"), Checkpoint: filepath.Join(parent, "kept")}
	o := Options{Inputs: []string{dir}, Output: filepath.Join(parent, "out"), SplitSize: 8, Partitions: 2}

	ctx, stop := context.WithCancel(t.Context())
	url, ended := make(chan string, 1), make(chan error, 1)
	o.HTTP, o.Watched = "127.0.0.1:0", func(at string) { url <- at }
	go func() { _, err := RunOn(ctx, c, plan, o); ended <- err }()
	seen(t, <-url, func(v watch.View) bool {
		return v.Maps.Done == files/2 && slices.Contains(v.Figures, watch.Figure{Name: "checkpoint", Value: "up to date"})
	})
	stop()
	err := <-ended
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "goes on with the job from "+c.Checkpoint) {
		t.Fatal(err)
	}
	release()
	o.HTTP = ""

	other := o
	other.Output = filepath.Join(parent, "elsewhere")
	if _, err := RunOn(t.Context(), c, plan, other); !errors.Is(err, ErrOtherJob) || !strings.Contains(err.Error(), `output "`+o.Output) {
		t.Errorf("another output: %v", err)
	}
	other = o
	other.Inputs = []string{parent}
	if _, err := RunOn(t.Context(), c, plan, other); !errors.Is(err, ErrOtherJob) || !strings.Contains(err.Error(), dir) {
		t.Errorf("another input: %v", err)
	}

	ctx, stop = context.WithTimeout(t.Context(), patience)
	defer stop()
	s, err := RunOn(ctx, c, plan, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := outputOf(t, o.Output); got != want {
		t.Errorf("the output is %q, want %q", got, want)
	}
	// Whoever joins first begins with what is near.
	if !slices.ContainsFunc(s.Notes, func(n string) bool { return strings.Contains(n, "went on from a checkpoint") }) {
		t.Errorf("it began anew:\n%v", s)
	}
	// Tasks that were under way when the master went are executed again, the others are not.
	mu.Lock()
	if mapped > files+2 {
		t.Errorf("%d executions of %d tasks", mapped, files)
	}
	mu.Unlock()
	entries, _ := os.ReadDir(parent)
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// outputOf returns all lines of all parts, sorted.
func outputOf(t *testing.T, dir string) string {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(dir, "part-*"))
	if err != nil || len(parts) == 0 {
		t.Fatalf("%s has the parts %v: %v", dir, parts, err)
	}
	var lines []string
	for _, p := range parts {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// A master that ends when its output is there, but its checkpoint is, too.
func TestAnOutputThatIsCompleteIsNotMadeAgain(t *testing.T) {
	parent := t.TempDir()
	dir, _ := manyFiles(t, 1)
	plan := counting(t, nil)
	o := Options{Inputs: []string{dir}, Output: filepath.Join(parent, "out"), Partitions: 1}
	kept := filepath.Join(parent, "kept")
	k, err := openCheckpoint(kept, "j1", []byte("count"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := prepare(plan, o, k)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.begin(l.o, l.splits); err != nil {
		t.Fatal(err)
	}
	if _, err := l.out.commit(Summary{}); err != nil {
		t.Fatal(err)
	}
	c := Cluster{Workers: []string{"127.0.0.1:1"}, Spec: []byte("count"), Checkpoint: kept}
	if _, err := RunOn(t.Context(), c, plan, o); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d", os.Getpid())) {
		t.Errorf("two masters at a time: %v", err)
	}
	k.close()
	s, err := RunOn(t.Context(), c, plan, o)
	if err != nil || !strings.Contains(s.String(), "complete already") {
		t.Errorf("%v: %v", err, s)
	}
	if _, err := os.Stat(kept); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the checkpoint is still there: %v", err)
	}
}

// A job that has failed leaves no checkpoint to fail from again; one whose workers were
// not there does.
func TestWhatIsLeftOfAJobThatFails(t *testing.T) {
	dir, want := manyFiles(t, 2)
	job := countWords()
	job.Map = func(Record, func(string, int)) error { return errors.New("no luck") }
	bad := mustPlan(t, job)
	kept := filepath.Join(t.TempDir(), "kept")
	c := Cluster{Workers: employ(t, 1, bad, WorkerOptions{}), Checkpoint: kept, Patience: 100 * time.Millisecond}
	var out bytes.Buffer
	_, err := RunOn(t.Context(), c, bad, Options{Inputs: []string{dir}, Writer: &out})
	if err == nil || !strings.Contains(err.Error(), "no luck") {
		t.Error(err)
	}
	if _, err := os.Stat(kept); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the checkpoint of a job that failed is there: %v", err)
	}

	c.Workers = []string{"127.0.0.1:1"}
	plan := counting(t, nil)
	if _, err := RunOn(t.Context(), c, plan, Options{Inputs: []string{dir}, Writer: &out}); !errors.Is(err, ErrNoWorkers) {
		t.Error(err)
	}
	c.Workers, c.Patience = employ(t, 1, plan, WorkerOptions{}), patience // others than before
	if _, err := RunOn(t.Context(), c, plan, Options{Inputs: []string{dir}, Writer: &out}); err != nil || out.String() != want {
		t.Errorf("%v: %q", err, out.String())
	}
	if _, err := RunOn(t.Context(), Cluster{Workers: c.Workers, Checkpoint: dir}, plan, Options{Inputs: []string{dir}, Writer: &out}); err == nil ||
		!strings.Contains(err.Error(), "holds f00 and no job") {
		t.Errorf("a directory of something else: %v", err)
	}
}

// Whose master is gone without a word soon works for others.
func TestWorkersTurnToAnotherMasterWhenTheirsIsGone(t *testing.T) {
	dir, want := manyFiles(t, 2)
	held, hold := make(chan struct{}, 8), make(chan struct{})
	release := sync.OnceFunc(func() { close(hold) })
	defer release()
	plan := counting(t, func() { held <- struct{}{}; <-hold })
	c := Cluster{Workers: employ(t, 1, plan, WorkerOptions{}), Patience: patience}
	var out bytes.Buffer
	o := Options{Inputs: []string{dir}, Writer: &out}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := RunOn(ctx, c, plan, o); ended <- err }()
	<-held
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	release()
	if _, err := RunOn(t.Context(), c, plan, o); err != nil || out.String() != want {
		t.Errorf("%v: %q", err, out.String())
	}
}

func TestTasksGoToWhereTheirInputIs(t *testing.T) {
	dir, _ := manyFiles(t, 4)
	other, _ := manyFiles(t, 4)
	const want = "a\t8\nb\t16\nc\t8\n"
	plan := counting(t, nil)
	workers := employ(t, 2, plan, WorkerOptions{})
	var out bytes.Buffer
	o := Options{Inputs: []string{dir, other}, Writer: &out, SplitSize: 8, Near: []Near{{workers[1], dir}, {workers[0], other}}}
	s, err := RunOn(t.Context(), Cluster{Workers: workers}, plan, o)
	if err != nil || out.String() != want {
		t.Fatalf("%v: %q", err, out.String())
	}
	if !slices.ContainsFunc(s.Notes, func(n string) bool {
		return strings.HasSuffix(n, "map tasks ran where their input lies") && !strings.HasPrefix(n, "0 ")
	}) {
		t.Errorf("no task ran where its input is:\n%v", s)
	}
	splits, err := nearSplits([]string{filepath.Join(dir, "f00"), filepath.Join(dir, "f01"), filepath.Join(other, "f00")}, Lines(), 1<<20, o.Near)
	if err != nil || len(splits) != 2 || !slices.Equal(splits[1].Hosts, []string{o.Near[1].host()}) {
		t.Errorf("%v: files that are near different workers make %d splits, the last near %v", err, len(splits), splits[len(splits)-1].Hosts)
	}
	o.Near = []Near{{"nobody", dir}}
	if _, err := RunOn(t.Context(), Cluster{Workers: workers}, plan, o); err == nil || !strings.Contains(err.Error(), "worker nobody") {
		t.Error(err)
	}
	if _, err := ParseNear("data"); err == nil {
		t.Error("half of it was taken for all")
	}
}

func TestAWorkerReadsOnlyWhatItsOwnerLetsItRead(t *testing.T) {
	dir, want := manyFiles(t, 1)
	secret := write(t, t.TempDir(), "secret", []byte("key\n"))
	if err := os.Symlink(secret, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	plan := counting(t, nil)
	c := Cluster{Workers: employ(t, 1, plan, WorkerOptions{Inputs: dir})}
	for input, says := range map[string]string{
		secret:                      "reads files below " + dir + " only",
		filepath.Join(dir, "link"):  "escapes",
		filepath.Join(dir, "/../x"): "no such file",
	} {
		_, err := RunOn(t.Context(), c, plan, Options{Inputs: []string{input}, Writer: new(bytes.Buffer)})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", input, err)
		}
	}
	var out bytes.Buffer
	if _, err := RunOn(t.Context(), c, plan, Options{Inputs: []string{filepath.Join(dir, "f00")}, Writer: &out}); err != nil || out.String() != want {
		t.Errorf("%v: %q", err, out.String())
	}
}

// What the page of a job shows in the middle of it, here and with workers.
func TestAJobIsWatchedWhileItRuns(t *testing.T) {
	dir, want := manyFiles(t, 6)
	for _, workers := range []int{0, 2} {
		t.Run(fmt.Sprint(workers, " workers"), func(t *testing.T) {
			hold := make(chan struct{})
			release := sync.OnceFunc(func() { close(hold) })
			defer release()
			var once sync.Once
			held := make(chan struct{})
			plan := counting(t, func() { once.Do(func() { close(held) }); <-hold })
			var out bytes.Buffer
			url := make(chan string, 1)
			o := Options{Inputs: []string{dir}, Writer: &out, SplitSize: 8, Tasks: 2, HTTP: "127.0.0.1:0", Title: "words", Watched: func(at string) { url <- at }}
			ended := make(chan error, 1)
			if workers == 0 {
				go func() { _, err := Run(t.Context(), plan, o); ended <- err }()
			} else {
				c := Cluster{Workers: employ(t, workers, plan, WorkerOptions{})}
				go func() { _, err := RunOn(t.Context(), c, plan, o); ended <- err }()
			}
			at := <-url
			<-held
			v := seen(t, at, func(v watch.View) bool { return len(v.Running) == 2 })
			if v.Job != "words" || v.State != watch.Running || v.Maps.Done != 0 || v.Maps.Waiting != 4 || v.Reduces.Waiting != 1 ||
				strings.Count(v.Maps.Cells, "r") != 2 || len(v.Maps.Cells) != 6 || len(v.Workers) != workers || v.Running[0].Kind != "map" {
				t.Errorf("in the middle: %+v", v)
			}
			release()
			v = seen(t, at, func(v watch.View) bool { return v.State == watch.Finished })
			if v.Maps.Done != 6 || v.Reduces.Done != 1 || v.Maps.Cells != "dddddd" || v.Counters[countInput] == 0 {
				t.Errorf("in the end: %+v", v)
			}
			if err := <-ended; err != nil || out.String() != want {
				t.Errorf("%v: %q", err, out.String())
			}
		})
	}
	err := fails(t, counting(t, nil), Options{Inputs: []string{dir}, HTTP: "0.0.0.0:0"}, "loopback")
	if !errors.Is(err, watch.ErrBeyond) {
		t.Error(err)
	}
}

// seen looks at the page's data until it is so.
func seen(t *testing.T, url string, so func(watch.View) bool) (v watch.View) {
	t.Helper()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for limit := time.Now().Add(patience); time.Now().Before(limit); <-poll.C {
		answer, err := http.Get(url + "state")
		if err != nil {
			t.Fatal(err)
		}
		var all struct{ Jobs []watch.View }
		err = json.NewDecoder(answer.Body).Decode(&all)
		answer.Body.Close()
		if err != nil || len(all.Jobs) != 1 {
			t.Fatalf("%v: %d jobs", err, len(all.Jobs))
		}
		if v = all.Jobs[0]; so(v) {
			return v
		}
	}
	t.Fatalf("it never was so; at last %+v", v)
	return v
}
