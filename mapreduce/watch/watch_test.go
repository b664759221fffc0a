package watch_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/mapreduce/watch"
)

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func serve(t *testing.T, view func() watch.View) *watch.Server {
	t.Helper()
	s, err := watch.Serve("127.0.0.1:0", "count <words>", view)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestThePageIsThereWithAllThatItIsMadeOf(t *testing.T) {
	s := serve(t, func() watch.View { return watch.View{Job: "count", State: watch.Running} })
	defer s.Close()
	status, page := get(t, s.URL())
	if status != 200 || strings.Contains(page, "<words>") || !strings.Contains(page, "count &lt;words&gt;") {
		t.Fatalf("%d %s", status, page)
	}
	files := regexp.MustCompile(`(?:src|href)="\.\./((?:look|jobs)/[^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(files) < 5 {
		t.Fatalf("the page is made of %v", files)
	}
	top := strings.TrimSuffix(s.URL(), "jobs/")
	for _, f := range files {
		if status, _ := get(t, top+f[1]); status != 200 {
			t.Errorf("%s: %d", f[1], status)
		}
	}
	if status, page := get(t, top); status != 200 || !strings.Contains(page, "jobs.js") {
		t.Errorf("the top does not lead to the page: %d", status)
	}
	// A browser meets no null where the page expects a list.
	if _, state := get(t, s.URL()+"state"); strings.Contains(state, "null") {
		t.Errorf("the state is %s", state)
	}
}

// Who looks sees the end of a job, though the page goes with it; nobody waits for who does
// not look.
func TestTheEndIsSeen(t *testing.T) {
	state := watch.Running
	s := serve(t, func() watch.View { return watch.View{State: state} })
	get(t, s.URL()+"state")
	ended := make(chan struct{})
	state = watch.Finished
	go func() { s.Close(); close(ended) }()
	var answer struct{ Jobs []watch.View }
	_, body := get(t, s.URL()+"state")
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Jobs[0].State != watch.Finished {
		t.Errorf("%v: %s", err, body)
	}
	<-ended
	if _, err := http.Get(s.URL()); err == nil {
		t.Error("the page is still there")
	}

	unwatched := serve(t, func() watch.View { return watch.View{} })
	began := time.Now()
	unwatched.Close()
	if took := time.Since(began); took > time.Second {
		t.Errorf("nobody looked, and closing took %v", took)
	}
}

func TestAJobIsShownToItsOwnMachineOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "example.org:80"} {
		if _, err := watch.Serve(address, "", nil); !errors.Is(err, watch.ErrBeyond) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := watch.Serve("nonsense", "", nil); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Error(err)
	}
	s := serve(t, func() watch.View { return watch.View{} })
	defer s.Close()
	for _, c := range []struct {
		method, host string
		status       int
	}{{"GET", "evil.example", 421}, {"POST", "", 401}} {
		r, err := http.NewRequest(c.method, s.URL()+"state", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("%s by the name %q: %d, want %d", c.method, c.host, answer.StatusCode, c.status)
		}
	}
}

func TestCells(t *testing.T) {
	states := "ddrwbw"
	state := func(task int) byte { return states[task%len(states)] }
	if cells, per := watch.Cells(6, state); cells != states || per != 1 {
		t.Errorf("%q, %d a cell", cells, per)
	}
	cells, per := watch.Cells(100_000, state)
	if per < 2 || len(cells)*per < 100_000 || len(cells) > 2000 {
		t.Errorf("100,000 tasks are %d cells of %d", len(cells), per)
	}
	if strings.Trim(cells, "b") != "" {
		t.Errorf("a cell with a task that runs twice does not say so: %s", cells)
	}
	if cells, _ := watch.Cells(0, state); cells != "" {
		t.Errorf("no tasks are %q", cells)
	}
	done := func(int) byte { return watch.CellDone }
	if cells, _ := watch.Cells(5000, done); strings.Trim(cells, "d") != "" {
		t.Errorf("tasks that are done are %q", cells)
	}
}
