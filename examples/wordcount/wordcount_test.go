package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain makes this binary the program if it was started as that.
func TestMain(m *testing.M) {
	if os.Getenv("WORDCOUNT") != "" {
		main()
	}
	os.Exit(m.Run())
}

func count(args ...string) (out, said string, err error) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "WORDCOUNT=1")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func TestOneBinaryIsRunnerMasterAndWorker(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(in, []byte("to be or\nnot to be\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = "be\t2\nnot\t1\nor\t1\nto\t2\n"
	for _, args := range [][]string{{in}, {"-procs", "2", in}} {
		if out, said, err := count(args...); err != nil || out != want || !strings.Contains(said, "map output pairs") {
			t.Errorf("%q: %v: %q %q", args, err, out, said)
		}
	}
	if _, said, err := count(); err == nil || !strings.Contains(said, "name the input") {
		t.Errorf("%v: %q", err, said)
	}
	if _, said, err := count("-o", filepath.Dir(in), in); err == nil || !strings.Contains(said, "nothing was changed") {
		t.Errorf("%v: %q", err, said)
	}
}

func TestTheDocumentationShowsThisProgram(t *testing.T) {
	text, err := os.ReadFile("../../docs/mapreduce.md")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(program), "package main")
	if !strings.Contains(string(text), "```go\npackage main"+body+"```") {
		t.Error("docs/mapreduce.md shows another program")
	}
}
