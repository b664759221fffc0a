package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncData flushes the data, and of the metadata what reading it back needs:
// a preallocated file costs no journal commit for its timestamps.
func syncData(f *os.File) error { return held(f, unix.Fdatasync) }

func preallocate(f *os.File, size int64) error {
	err := held(f, func(fd int) error { return unix.Fallocate(fd, 0, 0, size) })
	if errors.Is(err, unix.EOPNOTSUPP) {
		return fillZero(f, size)
	}
	return err
}

// held makes a system call on f, again if a signal ends it. A Close meanwhile
// waits for the call to return: the number of the descriptor would belong to
// another file by then.
func held(f *os.File, call func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	if conn.Control(func(fd uintptr) {
		for {
			if result = call(int(fd)); result != unix.EINTR {
				return
			}
		}
	}) != nil {
		return os.ErrClosed // the one reason that it has
	}
	return result
}
