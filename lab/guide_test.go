package lab_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// step is a block of docs/lab.md: a file with its text, or commands.
type step struct{ file, text string }

var fenced = regexp.MustCompile("(?ms)^```(go|sh)\n(.*?)^```$")

// guide returns the steps of the chapter on a protocol of one's own.
func guide(t *testing.T) (steps []step) {
	t.Helper()
	text, err := os.ReadFile("../docs/lab.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, found := strings.Cut(string(text), "\n## A protocol of your own\n")
	if !found {
		t.Fatal("docs/lab.md has no chapter on a protocol of one's own")
	}
	for _, at := range fenced.FindAllStringSubmatchIndex(chapter, -1) {
		s := step{text: chapter[at[4]:at[5]]}
		if chapter[at[2]:at[3]] == "go" {
			before := strings.TrimRight(chapter[:at[0]], "\n:`")
			s.file = before[strings.LastIndexAny(before, "`")+1:]
		}
		steps = append(steps, s)
	}
	return steps
}

// Whoever pastes the guide's files and commands, in its order, finds a bug, mends
// it, and finds another.
func TestTheGuideLeadsFromAnEmptyDirectoryToAFoundBug(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	shell := func(commands string) (string, error) {
		c := exec.CommandContext(t.Context(), "sh", "-e", "-c", commands)
		c.Dir = dir
		c.Env = append(os.Environ(), "PARLEY="+root, "GOFLAGS=-mod=mod", "GOWORK=off")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	tests := []struct {
		command string
		fails   bool
	}{{"go test .", true}, {"go test .", false}, {"go test . -seeds 2000", true}}
	for _, s := range guide(t) {
		switch {
		case s.file != "":
			if err := os.WriteFile(filepath.Join(dir, s.file), []byte(s.text), 0o644); err != nil {
				t.Fatal(err)
			}
		case strings.HasPrefix(s.text, "go run"):
			if out, err := shell("go vet ."); err != nil { // running would wait for Ctrl-C
				t.Fatalf("%v\n%s", err, out)
			}
		case strings.HasPrefix(s.text, "go test"):
			if len(tests) == 0 || strings.TrimSpace(s.text) != tests[0].command {
				t.Fatalf("the guide runs %q, which this test does not expect", s.text)
			}
			out, err := shell(s.text)
			if failed := err != nil; failed != tests[0].fails || failed && !strings.Contains(out, "exclusion: client") {
				t.Fatalf("%s: %v, want a violation: %v\n%s", s.text, err, tests[0].fails, out)
			}
			tests = tests[1:]
		default:
			if out, err := shell(s.text); err != nil {
				t.Fatalf("%s: %v\n%s", s.text, err, out)
			}
		}
	}
	if len(tests) > 0 {
		t.Errorf("the guide does not come to %q", tests[0].command)
	}
}

// The module beside this one builds, and its protocol holds.
func TestTheExamplesHold(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module")
	}
	for _, command := range []string{"go vet ./...", "go test ./..."} {
		c := exec.CommandContext(t.Context(), "sh", "-c", command)
		c.Dir, c.Env = "../examples", append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v (if a version is out of step: cd examples && go mod tidy)\n%s", command, err, out)
		}
	}
}
