package live

import (
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// stream is the node.Log of a node: a stream of the host's log which notes how
// far the node has appended, for the output rule.
type stream struct {
	*wal.Stream
	name string
	env  *env
}

func (s *stream) Append(record []byte) node.LSN {
	if s.env.ended.Load() {
		return s.Next()
	}
	lsn := s.Stream.Append(record)
	// The position may take in records that other loops appended since: to wait
	// for those too is harmless.
	s.env.output.appended = s.env.host.commit.wal.Position()
	s.env.output.bytes += len(record)
	s.env.steps.appends(s.name, lsn, len(record))
	return lsn
}

func (s *stream) Trim(before node.LSN) {
	if !s.env.ended.Load() {
		s.Stream.Trim(before)
	}
}
