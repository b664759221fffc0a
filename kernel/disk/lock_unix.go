//go:build unix

package disk

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// tryLock asks for the lock that ends with the process. Unlike fcntl's, a
// flock belongs to the open file: a second Lock in one process fails too.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch err {
	case nil:
		return true, nil
	case unix.EWOULDBLOCK:
		return false, nil
	}
	return false, fmt.Errorf("lock %s: %w", f.Name(), err)
}
