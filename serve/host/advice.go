package host

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/parleysystems/parley/kernel/disk"
)

// advise says which directory a failure of the disk is about, and what to do.
func advise(err error, dir string) error {
	switch {
	case errors.Is(err, disk.ErrFull):
		return fmt.Errorf("%w. The data directory is %s: free space there and start the host again; what was acknowledged is kept", err, dir)
	case errors.Is(err, syscall.EIO):
		return fmt.Errorf("%w. The data directory is %s: look at its disk before the host is started again; what was acknowledged had been synced", err, dir)
	}
	return err
}
