package main

import (
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/parleysystems/parley/kernel/trace"
)

// A recording is a trace: it reads back, knows who took the lead, and leads
// from what a follower received to the leader's send.
func TestUpRecordsWhatHappens(t *testing.T) {
	name := filepath.Join(t.TempDir(), "run.jsonl")
	u := startUp(t, t.TempDir(), "--record", name)
	u.await(regexp.MustCompile("^record +" + regexp.QuoteMeta(name)))
	u.roles(t)
	put(t, client(t, u.clients...), "greeting", "hello")
	if status := u.stop(syscall.SIGINT); status != 0 {
		t.Fatalf("Ctrl-C ends it with status %d, want 0\n%s", status, u.output())
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	events, err := trace.ReadJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	sends, leads, caused := map[trace.ID]bool{}, 0, 0
	for _, e := range events {
		switch {
		case e.Kind == trace.Send:
			sends[e.ID] = true
		case e.Kind == trace.Note && e.What == "lead":
			leads++
		case e.Kind == trace.Receive && e.What == "raft.AppendEntries" && sends[e.Cause]:
			caused++
		}
	}
	if leads != 1 || caused < 2 {
		t.Errorf("of %d events, %d took the lead and %d are a follower's receipt of what was sent", len(events), leads, caused)
	}
	// What was recorded is not written over, and the children of --procs share no trace.
	parley(t, newUpArgs(t, t.TempDir(), "--record", name).args...).expect(t, 1, "--record", "exists")
	parley(t, newUpArgs(t, t.TempDir(), "--record", name+"2", "--procs").args...).expect(t, 2, "--record", "--procs")
}
