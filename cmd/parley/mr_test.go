package main

import (
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

func TestMapReduceFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.txt")
	if err := os.WriteFile(in, []byte("to be or\nnot to be\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	parley(t, "mr", "wordcount", in).expect(t, 0, "be\t2\nnot\t1\nor\t1\nto\t2\n", "6    map output pairs", "1 map tasks")
	parley(t, "mr", "wordcount", "-q", in).expect(t, 0, "be\t2\n")
	parley(t, "mr", "topk", "--words", "-k", "1", in).expect(t, 0, "be\t2\n")
	parley(t, "mr", "grep", "-c", "be", in).expect(t, 0, in+"\t2\n")
	parley(t, "mr", "sort", "-r", "3", in).expect(t, 0, "not to be\nto be or\n")

	parley(t, "mr", "wordcount", "--procs", "2", in).expect(t, 0, "be\t2\nnot\t1\nor\t1\nto\t2\n", "2 workers; 0 were lost")

	out := filepath.Join(dir, "out")
	parley(t, "mr", "distinct", "-o", out, "-r", "2", in).expect(t, 0, "2 reduce tasks")
	if _, err := os.Stat(filepath.Join(out, "_SUCCESS")); err != nil {
		t.Error(err)
	}
	parley(t, "mr", "distinct", "-o", out, in).expect(t, 1, "mr distinct: output "+out, "nothing was changed")

	parley(t, "mr", "generate", "records", filepath.Join(dir, "records"), "--size", "1MB").expect(t, 0)
	parley(t, "mr", "generate", "records", in).expect(t, 1, in, "exists")
	parley(t, "mr", "sort", "--record-bytes", "100", "--memory", "40MiB", "-o", filepath.Join(dir, "sorted"), filepath.Join(dir, "records")).
		expect(t, 0, "10000    map output pairs")
}

func TestSenselessMapReduceExplainsItself(t *testing.T) {
	parley(t, "mr", "wordcount").expect(t, 2, "an argument is missing; write parley mr wordcount INPUT...")
	parley(t, "mr", "count", "x").expect(t, 2, `there is no command "mr count"`)
	parley(t, "mr", "sort", "--memory", "lots", "x").expect(t, 2, `"lots" is no number of bytes`)
	parley(t, "mr", "sort", "--memory", "1MiB", "go.mod").expect(t, 1, "no such file")
	parley(t, "mr", "grep", "a(", "-E", "mr_test.go").expect(t, 1, "grep: pattern")
	parley(t, "mr", "generate", "poems", "x").expect(t, 2, "generate text or records")
	parley(t, "mr", "join", "--field", "1", "mr.go", "mr.go").expect(t, 1, "is on both sides")
	parley(t, "mr", "wordcount", "--workers", "127.0.0.1:1", "--procs", "2", "mr.go").expect(t, 2, "not both")
	parley(t, "mr", "wordcount", "--checkpoint", "kept", "mr.go").expect(t, 2, "give --workers")
	parley(t, "mr", "wordcount", "--workers", "127.0.0.1:1", "--near", "data", "mr.go").expect(t, 1, "which worker is near which directory")
	parley(t, "mr", "wordcount", "--http", "0.0.0.0:0", "mr.go").expect(t, 1, "its own machine only")
}

// What is interrupted leaves no half of a file behind.
func TestGeneratingInputIsInterrupted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "text")
	p := start(t, "mr", "generate", "text", file, "--size", "100TB")
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for written := int64(0); written == 0; {
		select {
		case <-p.ended:
			t.Fatal(p.output())
		case <-poll.C:
		}
		if s, err := os.Stat(file); err == nil {
			written = s.Size()
		}
	}
	if status := p.stop(syscall.SIGINT); status != 1 {
		t.Errorf("exit status %d", status)
	}
	p.await(regexp.MustCompile("interrupted; it is removed"))
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is still there")
	}
}
