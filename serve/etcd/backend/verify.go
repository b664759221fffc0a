package backend

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

// page is what a database's length is a multiple of, whatever its page size; a
// snapshot has its SHA-256 behind that.
const page = 512

// verify checks the checksum of a snapshot. What has none, such as the file of a
// running member, may be damaged in ways that bbolt does not survive.
func verify(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	switch {
	case !info.Mode().IsRegular() || size < page:
		return fmt.Errorf("%s: %w: %d bytes", path, ErrNotDatabase, size)
	case size%page == 0:
		return fmt.Errorf("%s: %w: it has no checksum; take it with etcdctl snapshot save", path, ErrNotDatabase)
	case size%page != sha256.Size:
		return fmt.Errorf("%s: %w: it was cut short, or is something else: %d bytes", path, ErrNotDatabase, size)
	}
	sum := sha256.New()
	if _, err := io.CopyN(sum, f, size-sha256.Size); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	want, err := io.ReadAll(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return fmt.Errorf("%s: %w: its bytes are not those that its checksum is of", path, ErrNotDatabase)
	}
	return nil
}
