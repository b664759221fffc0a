//go:build !linux

package disk

import "os"

// syncData is fsync; on macOS os.File.Sync asks for F_FULLFSYNC, without which
// the drive may keep the data in its cache.
func syncData(f *os.File) error { return f.Sync() }

func preallocate(f *os.File, size int64) error { return fillZero(f, size) }
