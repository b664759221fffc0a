package hosts

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// SmallDisk gives a host that has not started yet a disk of its own, of that
// many bytes, until the end of the test. It skips the test where nobody may
// mount one.
func (h *Host) SmallDisk(bytes int64) {
	t := h.cluster.t
	t.Helper()
	if err := os.MkdirAll(h.Data(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := mount(h.Data(), bytes); err != nil {
		t.Skipf("a disk that can be filled needs the right to mount a tmpfs (Linux, root): %v", err)
	}
	t.Cleanup(func() {
		h.Kill()
		if err := unmount(h.Data()); err != nil {
			t.Errorf("unmount %s: %v", h.Data(), err)
		}
	})
}

// ballast is what somebody else keeps on the host's disk.
func (h *Host) ballast() string { return filepath.Join(h.Data(), "ballast") }

// FillDisk has somebody else take all that is left of a SmallDisk.
func (h *Host) FillDisk() {
	t := h.cluster.t
	t.Helper()
	f, err := os.Create(h.ballast())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk of host %s: %v", h.Name, err)
	}
}

// FreeDisk gives back what FillDisk took.
func (h *Host) FreeDisk() {
	h.cluster.t.Helper()
	if err := os.Remove(h.ballast()); err != nil {
		h.cluster.t.Fatal(err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
