package disk

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// osFile is an open file of the operating system.
type osFile struct {
	f       *os.File
	name    string
	mu      sync.Mutex
	syncErr error
}

func (f *osFile) Name() string { return f.name }

func (f *osFile) ReadAt(p []byte, offset int64) (int, error) { return f.f.ReadAt(p, offset) }

func (f *osFile) WriteAt(p []byte, offset int64) (int, error) {
	n, err := f.f.WriteAt(p, offset)
	return n, at(err, offset)
}

func (f *osFile) Size() (int64, error) {
	info, err := f.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f *osFile) Truncate(size int64) error { return at(f.f.Truncate(size), size) }

func (f *osFile) Preallocate(size int64) error { return at(preallocate(f.f, size), size) }

// Sync implements File. Linux drops the pages of a failed writeback and reports
// that once, so the failure is kept here: the next Sync must not look well.
func (f *osFile) Sync() error {
	f.mu.Lock()
	failed := f.syncErr
	f.mu.Unlock()
	if failed != nil {
		return failed
	}
	err := syncData(f.f)
	if err == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.syncErr == nil {
		f.syncErr = fmt.Errorf("sync %s: %w", f.name, classify(err))
	}
	return f.syncErr
}

func (f *osFile) Close() error { return f.f.Close() }

func at(err error, offset int64) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("at %d: %w", offset, classify(err))
}

// classify adds ErrFull to what means just that.
func classify(err error) error {
	if err == syscall.ENOSPC {
		return ErrFull // which says it, without a file to name
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w (%w)", err, ErrFull)
	}
	return err
}

// fillZero extends a file by writing zeroes, where the system cannot reserve
// space in another way.
func fillZero(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	zeroes := make([]byte, 1<<18)
	for offset := info.Size(); offset < size; {
		n := min(int64(len(zeroes)), size-offset)
		if _, err := f.WriteAt(zeroes[:n], offset); err != nil {
			return err
		}
		offset += n
	}
	return nil
}
