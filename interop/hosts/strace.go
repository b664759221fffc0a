package hosts

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// FailSyncs lets every fsync and fdatasync of the running process fail with EIO
// from now on, as on a disk that cannot write a block. The process itself is
// what it always is: strace stands between it and the system, and puts the error
// in the call's place. It skips the test where there is no strace, or nobody may
// trace.
func (h *Host) FailSyncs() {
	t := h.cluster.t
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skipf("a sync that fails needs strace (Debian: apt install strace): %v", err)
	}
	said, err := os.CreateTemp(h.Dir, "strace")
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	const syncs = "fsync,fdatasync,sync_file_range"
	tracer := exec.Command(strace, "-f", "-p", fmt.Sprint(h.process.Process.Pid), "-e", "trace="+syncs, "-e", "inject="+syncs+":error=EIO")
	tracer.Stderr = said
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = tracer.Wait() // it ends with the host
		close(ended)
	}()
	t.Cleanup(func() {
		h.Kill()
		<-ended
	})
	Await(t, "strace to be attached", func() bool {
		text, err := os.ReadFile(said.Name())
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
			if strings.Contains(string(text), "ptrace") {
				t.Skipf("a sync that fails needs the right to trace a process: %s", text)
			}
		default:
		}
		return strings.Contains(string(text), "INJECTED") || strings.Contains(string(text), "attached")
	})
}
