//go:build interop

package mapreduce_test

import (
	"bytes"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/parleysystems/parley/interop/browser"
	"github.com/parleysystems/parley/mapreduce"
)

// What a person sees who watches a job in which a worker is slow and another is killed.
func TestAJobIsWatchedInABrowser(t *testing.T) {
	b := browser.Open(t)
	input := text(t, 40<<20)
	f := start(t, 4, func(i int, cmd *exec.Cmd) {
		slow := "MAPREDUCE_SLOW=500ms"
		if i == 0 {
			slow = "MAPREDUCE_SLOW=8s"
		}
		cmd.Env = append(cmd.Env, slow)
	})
	var out bytes.Buffer
	url := make(chan string, 1)
	o := options(input, &out)
	o.HTTP, o.Title, o.Watched = "127.0.0.1:0", "mr wordcount", func(at string) { url <- at }
	var done atomic.Int64
	o.Progress = func(p mapreduce.Progress) { done.Store(int64(p.Maps.Done)) }
	ended := make(chan error, 1)
	go func() {
		_, err := mapreduce.RunOn(t.Context(), f.cluster(count), plan(t, count), o)
		ended <- err
	}()
	b.Go(<-url)
	const job = `document.querySelector("article").dataset.state`
	b.Await("it runs", job+` === "running"`)
	b.Await("a square for each task", `document.querySelectorAll("[data-kind=map] .cells .cell").length >= 40`)
	b.Await("four workers", `document.querySelectorAll("[data-worker]").length === 4`)
	b.Await("a straggler is called so", `document.querySelector("tr[data-straggler=true] .badge").textContent === "straggler"`)
	b.Shots("job")
	if err := f.all.Processes[1].Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	b.Await("what went wrong is told", `document.querySelector(".notes").innerText.includes("does not answer")`)
	b.Await("three workers", `document.querySelectorAll("[data-worker]").length === 3`)
	b.Shots("lost")
	if fits := browser.Get[bool](b, `document.documentElement.scrollWidth <= innerWidth`); !fits {
		t.Error("the page is wider than the window")
	}
	b.Await("the end is shown", job+` === "finished"`)
	b.Await("all squares are full", `document.querySelectorAll("[data-kind=map] .cells .cell:not(.d)").length === 0`)
	b.Shots("finished")
	if err := <-ended; err != nil || out.String() != alone(t, input) {
		t.Fatalf("%v: %d bytes", err, out.Len())
	}
}
