//go:build !unix

package disk

import (
	"errors"
	"fmt"
	"os"
)

func tryLock(f *os.File) (bool, error) {
	return false, fmt.Errorf("lock %s: %w on this system", f.Name(), errors.ErrUnsupported)
}
