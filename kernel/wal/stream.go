package wal

import (
	"iter"

	"github.com/parleysystems/parley/node"
)

// MaxRecord is the most bytes that a record may have.
const MaxRecord = 64 << 20

// Stream is one named stream of a log; it is the node.Log of one node.
type Stream struct{}

var _ node.Log = (*Stream)(nil)

// Name returns the name that the stream was asked for by.
func (s *Stream) Name() string { panic("todo") }

// Append copies record into the log's buffer and returns its number. It does
// not fail: on a dead log the record is dropped, as the next Write tells.
func (s *Stream) Append(record []byte) node.LSN { panic("todo") }

// First returns the number of the oldest record kept.
func (s *Stream) First() node.LSN { panic("todo") }

// Next returns the number that the next record will get.
func (s *Stream) Next() node.LSN { panic("todo") }

// Records reads the stream back, buffered records included, from the one
// numbered from, or First if that is later. The body of the loop may append
// and trim. Slices stay valid. A record that cannot be read as it was written
// kills the log, calls Options.Halt and ends the sequence.
func (s *Stream) Records(from node.LSN) iter.Seq2[node.LSN, []byte] { panic("todo") }

// Trim gives up the records before the one numbered before, or all if that is
// beyond Next. This becomes durable with some later Sync: a crash may bring
// them back.
func (s *Stream) Trim(before node.LSN) { panic("todo") }
