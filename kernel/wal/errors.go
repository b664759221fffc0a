package wal

import "fmt"

// CorruptError says that a part of the log that had been durable cannot be
// read as it was written. Nothing from there on was served.
type CorruptError struct {
	Segment uint64 // number of the segment, which is also its file's name
	Offset  int64  // of the batch or record in the segment's file, in bytes
	Stream  string // whose record it is; empty if that cannot be told
	Reason  string
	Err     error // what the disk said, or nil
}

func (e *CorruptError) Error() string {
	s := fmt.Sprintf("wal: segment %016x%s is corrupt at offset %d", e.Segment, segmentSuffix, e.Offset)
	if e.Stream != "" {
		s += fmt.Sprintf(" (stream %q)", e.Stream)
	}
	s += ": " + e.Reason
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *CorruptError) Unwrap() error { return e.Err }
