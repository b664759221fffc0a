package disk_test

import (
	"errors"
	"io/fs"
	"sync"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
)

// A Close beside a Sync must not let the Sync reach a descriptor that is
// another file's by then: the race detector sees it if it could.
func TestCloseMayOvertakeSync(t *testing.T) {
	fsys, err := disk.OS(t.TempDir())
	must(t, err)
	for range 50 {
		f := create(t, fsys, "a", []byte("hello"))
		var syncing sync.WaitGroup
		syncing.Go(func() {
			if err := f.Sync(); err != nil && !errors.Is(err, fs.ErrClosed) {
				t.Error(err)
			}
		})
		must(t, f.Close())
		syncing.Wait()
		if err := f.Sync(); !errors.Is(err, fs.ErrClosed) {
			t.Fatalf("sync of a closed file: %v", err)
		}
	}
}
