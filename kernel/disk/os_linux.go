package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncData flushes the data, and of the metadata what reading it back needs:
// a preallocated file costs no journal commit for its timestamps.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err != unix.EINTR {
			return err
		}
	}
}

func preallocate(f *os.File, size int64) error {
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		switch {
		case err == unix.EINTR:
		case errors.Is(err, unix.EOPNOTSUPP):
			return fillZero(f, size)
		default:
			return err
		}
	}
}
