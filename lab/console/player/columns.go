package player

import (
	"encoding/binary"
	"math"

	"github.com/parleysystems/parley/kernel/trace"
)

// columns is the kept events of a run in a form that a page draws from without
// parsing, one column after the other, little endian:
//
//	at     float64  nanoseconds since the run began
//	cause  uint32   the position of the cause, from 1; 0 for none or not kept
//	place  uint16   index into Summary.Places
//	peer   uint16   the same; 0 (which names "") for none
//	what   uint16   index into Summary.Whats
//	kind   uint8    index into Summary.Kinds
type columns struct {
	bytes         []byte
	count         int
	places, whats names
}

func newColumns(r *trace.Recorder) *columns {
	c := &columns{places: newNames(), whats: newNames()}
	first := r.First()
	c.count = r.Len() - int(first) + 1
	n := c.count
	at, cause := make([]byte, 0, 8*n), make([]byte, 0, 4*n)
	place, peer, what := make([]byte, 0, 2*n), make([]byte, 0, 2*n), make([]byte, 0, 2*n)
	kind := make([]byte, 0, n)
	le := binary.LittleEndian
	for e := range r.Events() {
		at = le.AppendUint64(at, math.Float64bits(float64(e.At)))
		position := uint32(0)
		if e.Cause >= first {
			position = uint32(e.Cause-first) + 1
		}
		cause = le.AppendUint32(cause, position)
		place = le.AppendUint16(place, c.places.of(string(e.Place)))
		peer = le.AppendUint16(peer, c.places.of(string(e.Peer.Node())))
		what = le.AppendUint16(what, c.whats.of(e.What))
		kind = append(kind, byte(e.Kind))
	}
	for _, column := range [][]byte{at, cause, place, peer, what, kind} {
		c.bytes = append(c.bytes, column...)
	}
	return c
}

// names gives each distinct text a number that fits a column. What does not fit
// any more is called "…".
type names struct {
	names []string
	index map[string]uint16
}

func newNames() names { return names{names: []string{""}, index: map[string]uint16{"": 0}} }

func (n *names) of(name string) uint16 {
	if i, ok := n.index[name]; ok {
		return i
	}
	if len(n.names) == math.MaxUint16 {
		name = "…"
		if i, ok := n.index[name]; ok {
			return i
		}
	}
	i := uint16(len(n.names))
	n.names, n.index[name] = append(n.names, name), i
	return i
}
