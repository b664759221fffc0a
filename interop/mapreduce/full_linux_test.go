//go:build interop

package mapreduce_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/parleysystems/parley/mapreduce"
	"github.com/parleysystems/parley/mapreduce/jobs"
)

// smallDisk returns a directory on a disk of that many bytes.
func smallDisk(t *testing.T, size int64) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("a disk that can be filled needs the right to mount a tmpfs (root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir
}

var everything = jobs.Spec{Job: "sort"}

func TestAFullDiskIsAnErrorThatNamesTheTask(t *testing.T) {
	input := text(t, 16<<20)
	for _, test := range []struct {
		name string
		set  func(o *mapreduce.Options)
		want []string
	}{
		{"intermediate", func(o *mapreduce.Options) { o.Temp = smallDisk(t, 8<<20) }, []string{"map task", "attempt 1", "write"}},
		{"output", func(o *mapreduce.Options) { o.Output = filepath.Join(smallDisk(t, 8<<20), "out") }, []string{"reduce task 0, attempt 1", "of the output at offset"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := mapreduce.Options{Inputs: []string{input}, Output: filepath.Join(t.TempDir(), "out"), SplitSize: 2 << 20, Partitions: 1}
			test.set(&o)
			_, err := mapreduce.Run(t.Context(), plan(t, everything), o)
			for _, want := range append(test.want, "no space left on device", "nothing was written") {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
			nothingIn(t, filepath.Dir(o.Output))
		})
	}
}

// A worker without room is at fault itself: others do its tasks.
func TestAWorkerWithoutRoomLeavesItsTasksToOthers(t *testing.T) {
	input := text(t, 48<<20)
	small := smallDisk(t, 4<<20) // of 49 splits of 1 MiB
	f := start(t, 2, func(i int, cmd *exec.Cmd) {
		if i == 0 {
			cmd.Env = append(cmd.Env, "MAPREDUCE_DIR="+small)
		}
	})
	var out, want bytes.Buffer
	s, err := mapreduce.RunOn(t.Context(), f.cluster(everything), plan(t, everything), options(input, &out))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mapreduce.Run(t.Context(), plan(t, everything), mapreduce.Options{Inputs: []string{input}, Writer: &want}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want.Bytes()) {
		t.Error("another order")
	}
	if !strings.Contains(s.String(), "disk full") {
		t.Errorf("no disk was full:\n%v", s)
	}
	f.all.Close() // before its disk goes
}
