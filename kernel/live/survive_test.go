package live_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

// survivorDir is the environment variable that makes the test binary a host
// which records and acknowledges until it is killed.
const survivorDir = "PARLEY_LIVE_SURVIVOR"

// survive appends numbered records, and prints a number once its record is
// durable: printing stands for a message, and obeys the output rule by Durable.
func survive(dir string) {
	h, err := live.Open(live.Config{Name: "survivor", Dir: dir})
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	h.Serve("node", func() node.Node { return &actor{start: record} })
	<-h.Done()
}

func record(env node.Env) {
	log := env.Log("log")
	var next func()
	timer := env.Timer(func() { next() })
	next = func() {
		for range 10 {
			lsn := log.Append(fmt.Appendf(nil, "record %d", log.Next()))
			env.Durable(func() { fmt.Println(lsn) })
		}
		timer.Reset(0)
	}
	next()
}

// child starts a survivor.
func child(t *testing.T, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), survivorDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd, bufio.NewScanner(out)
}

func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acknowledged := 0
	for kill := range 5 {
		cmd, lines := child(t, dir)
		started := time.Now()
		for count := 0; lines.Scan(); count++ {
			if _, err := fmt.Sscan(lines.Text(), &acknowledged); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
			if count == 100*(kill+1) || time.Since(started) > patience {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		if acknowledged == 0 {
			t.Fatal("nothing was acknowledged")
		}
		verify(t, dir, acknowledged)
	}
}

// verify opens what the survivor left behind.
func verify(t *testing.T, dir string, acknowledged int) {
	t.Helper()
	h := open(t, live.Config{Name: "survivor", Dir: dir})
	defer h.Close()
	serve(t, h, "node", &actor{})
	do(t, h, "node", func(env node.Env) {
		all := records(env, "log")
		if len(all) < acknowledged {
			t.Errorf("%d records acknowledged, %d found", acknowledged, len(all))
		}
		for i, r := range all {
			if r != fmt.Sprintf("record %d", i+1) {
				t.Errorf("record %d reads %q", i+1, r)
				return
			}
		}
	})
}

func TestTwoProcessesCannotUseOneDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, lines := child(t, dir)
	if !lines.Scan() {
		t.Fatal("the first process says nothing")
	}
	_, err := live.Open(complete(t, live.Config{Name: "survivor", Dir: dir}))
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint(cmd.Process.Pid)) {
		t.Fatalf("second process on the directory: %v", err)
	}
	cmd.Process.Kill()
	for lines.Scan() {
	}
	cmd.Wait()
	verify(t, dir, 1)
}
