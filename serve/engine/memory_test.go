package engine_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/parleysystems/parley/serve/engine"
)

const beyond = "PARLEY_ENGINE_BEYOND"

// beyondMemory fills a database with twelve times the memory that it may take, reads
// all of it at random and in order, and says what the process took at most, in KiB.
func beyondMemory(dir string) error {
	const memory, rows, size = 4 << 20, 48_000, 1000
	db, err := engine.Open(dir, &engine.Options{Memory: memory, Versions: 1 << 20, SegmentSize: 4 << 20, Checkpoint: 20_000})
	if err != nil {
		return err
	}
	value := bytes.Repeat([]byte("v"), size)
	for i := 0; i < rows; {
		err := db.Update(func(tx *engine.Tx) error {
			for end := i + 200; i < end; i++ {
				if err := tx.Put(benchKey(i), value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for i := range 2000 {
		err := db.View(func(tx *engine.Tx) error {
			v, found, err := tx.Get(benchKey(i * 7919 % rows))
			if err == nil && (!found || len(v) != size) {
				err = fmt.Errorf("row %d: %d bytes", i, len(v))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	n := 0
	err = db.View(func(tx *engine.Tx) error {
		for range tx.Ascend(nil, nil) {
			n++
		}
		return tx.Err()
	})
	if err != nil || n != rows {
		return fmt.Errorf("%d rows of %d: %w", n, rows, err)
	}
	if err := db.Close(); err != nil {
		return err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(status)) {
		if rest, is := strings.CutPrefix(line, "VmHWM:"); is {
			fmt.Println(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
		}
	}
	return nil
}

// A database of 48 MB is filled, read at random and scanned with 4 MiB of memory for
// pages: the whole process stays far below the size of the data.
func TestMoreDataThanMemory(t *testing.T) {
	if runtime.GOOS != "linux" || raced {
		t.Skip("it reads /proc, and what the race detector takes is not the engine's")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), beyond+"="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	peak, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	if peak > 32<<10 {
		t.Fatalf("the process took %d KiB at most; its pages may take 4096", peak)
	}
	t.Logf("%d KiB at most", peak)
}
