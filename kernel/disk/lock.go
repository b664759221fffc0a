package disk

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// LockFile is the name of the file in a directory that Lock holds on to.
const LockFile = "LOCK"

// DirLock is a directory that belongs to this process.
type DirLock struct{ f *os.File }

// LockedError says who has the directory that Lock was to take.
type LockedError struct {
	Dir string
	PID int // of the holder; 0 if it is not known
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("directory %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("directory %s is in use by process %d", e.Dir, e.PID)
}

// Lock takes the directory for this process until the lock is closed or the
// process ends, however it ends. The directory is made if there is none. If
// another process has it, the error is a *LockedError.
func Lock(dir string) (*DirLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, classify(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, LockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, classify(err)
	}
	taken, err := tryLock(f)
	if err == nil && !taken {
		err = &LockedError{Dir: dir, PID: holder(f)}
	}
	if err == nil {
		err = sign(f)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &DirLock{f}, nil
}

// sign leaves the number of this process for others' error messages.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return classify(err)
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return classify(err)
}

func holder(f *os.File) int {
	buf := make([]byte, 20)
	n, _ := f.ReadAt(buf, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil {
		return 0
	}
	return pid
}

// Close gives the directory back. The lock file stays: removing it would let
// two processes lock two files of the same name.
func (l *DirLock) Close() error { return l.f.Close() }
