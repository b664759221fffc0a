package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckDrawsTheRunThatWasAskedFor(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	parley(t, "check", "raft/figure-8", "--seeds", "1", "--svg", file("a.svg"), "--json", file("a.jsonl"), "--shiviz", file("a.log")).
		expect(t, 0, "HELD", "wrote "+file("a.svg"))
	for name, want := range map[string]string{"a.svg": "raft.AppendEntries", "a.jsonl": `"what":"raft.RequestVote"`, "a.log": `"a/raft": 1`} {
		text, err := os.ReadFile(file(name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, without %s", name, err, want)
		}
	}
	parley(t, "check", "sample/holds", "--seeds", "1..3", "--svg", file("none.svg")).expect(t, 0, "no file was written")
	if _, err := os.Stat(file("none.svg")); err == nil {
		t.Error("a file was written of no run")
	}
	parley(t, "check", "sample/fails", "--seeds", "1..5", "--json", file("fails.jsonl")).
		expect(t, 1, "VIOLATED", "wrote "+file("fails.jsonl")+": parley check sample/fails --seeds 3..3 --faults 'at 2s crash b'")
}
