package aries

import (
	"fmt"
	"iter"

	"github.com/parleysystems/parley/node"
)

// based is a log whose numbers go on where another log's ended: a database that
// was restored keeps its LSNs, though its stream begins at 1.
type based struct {
	node.Log
	base node.LSN
}

func (b based) Append(r []byte) node.LSN { return b.base + b.Log.Append(r) }
func (b based) First() node.LSN          { return b.base + b.Log.First() }
func (b based) Next() node.LSN           { return b.base + b.Log.Next() }

// Trim implements node.Log.
func (b based) Trim(before node.LSN) {
	if before > b.base {
		b.Log.Trim(before - b.base)
	}
}

// Records implements node.Log.
func (b based) Records(from node.LSN) iter.Seq2[node.LSN, []byte] {
	return func(yield func(node.LSN, []byte) bool) {
		for lsn, r := range b.Log.Records(from - min(from, b.base)) {
			if !yield(b.base+lsn, r) {
				return
			}
		}
	}
}

// record reads one record back.
func (m *Manager) record(lsn node.LSN) (*Record, error) {
	for at, b := range m.log.Records(lsn) {
		if at == lsn {
			return Parse(lsn, b)
		}
		break
	}
	return nil, &LostError{lsn}
}

// LostError says that a record is not in the log that is still needed.
type LostError struct{ LSN node.LSN }

func (e *LostError) Error() string {
	return fmt.Sprintf("log record %d is needed, and is not there: the log was cut or damaged", e.LSN)
}
