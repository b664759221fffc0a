package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

var (
	// ErrFull says that there was no room left for what had to be written. It
	// wraps ENOSPC.
	ErrFull = fmt.Errorf("disk full: %w", syscall.ENOSPC)

	// ErrDead says that a file was used that had been opened before the latest
	// crash of its Faulty disk.
	ErrDead = errors.New("file handle of an earlier boot")

	// ErrUnreadable says that a sector cannot be read: the medium is damaged
	// where it lies. Other sectors may be fine.
	ErrUnreadable = errors.New("unreadable sector")

	// ErrBadName says that a name is empty, absolute, or leaves its directory.
	ErrBadName = errors.New("not a relative slash-separated name")
)

// checkName refuses names that could reach outside the directory, or that mean
// different files on different systems.
func checkName(op, name string) error {
	if fs.ValidPath(name) && name != "." && !strings.ContainsAny(name, "\\:\x00") {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: ErrBadName}
}
