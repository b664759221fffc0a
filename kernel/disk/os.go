package disk

// OS returns the directory dir of the operating system, which is made if there
// is none. Names cannot leave it, not even by symbolic links. Sync is
// fdatasync on Linux and F_FULLFSYNC on macOS.
func OS(dir string) (FS, error) { panic("todo") }

// Lock takes the directory for this process until the lock is closed or the
// process ends, however it ends. If another process has it, the error is a
// *LockedError.
func Lock(dir string) (*DirLock, error) { panic("todo") }

// DirLock is a directory that belongs to this process.
type DirLock struct{}

// Close gives the directory back.
func (l *DirLock) Close() error { panic("todo") }

// LockedError says who has the directory that Lock was to take.
type LockedError struct {
	Dir string
	PID int // of the holder; 0 if it is not known
}

func (e *LockedError) Error() string { panic("todo") }
