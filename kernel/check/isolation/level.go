package isolation

import "github.com/parleysystems/parley/blocks/digraph"

// The kinds of dependency.
const (
	ww digraph.Kind = 1 << iota
	wr
	rw
	predicate // rw, where the read was of a predicate
	process
	realtime
)

// Level is an isolation level: what must not happen.
type Level uint8

// The levels. In brackets Adya's names.
const (
	// ReadUncommitted (PL-1) forbids G0.
	ReadUncommitted Level = iota
	// ReadCommitted (PL-2) forbids G1 as well.
	ReadCommitted
	// RepeatableRead (PL-2.99) forbids G2-item as well; phantoms are allowed.
	RepeatableRead
	// SnapshotIsolation forbids G1 and all cycles in which no two rw follow each
	// other; write skew is allowed.
	SnapshotIsolation
	// StrongSessionSnapshot is snapshot isolation where a snapshot contains what
	// its process did before.
	StrongSessionSnapshot
	// StrongSnapshot is snapshot isolation where a snapshot contains what had
	// committed before the transaction was called.
	StrongSnapshot
	// Serializable (PL-3) forbids all cycles of ww, wr and rw.
	Serializable
	// StrongSessionSerializable keeps the order of each process, too.
	StrongSessionSerializable
	// StrictSerializable keeps real time, too.
	StrictSerializable
	levels
)

// spec is the condition of a level: no cycle of the kinds in mask (with
// nonadjacent, only those in which no two rw follow each other), and what else
// it forbids from a rank of severity on.
type spec struct {
	name        string
	mask        digraph.Kind
	nonadjacent bool
	lostUpdate  bool
	dirtyReads  bool // G1a, G1b and worse are forbidden
}

var specs = [levels]spec{
	ReadUncommitted:           {"read uncommitted", ww, false, false, false},
	ReadCommitted:             {"read committed", ww | wr, false, false, true},
	RepeatableRead:            {"repeatable read", ww | wr | rw, false, true, true},
	SnapshotIsolation:         {"snapshot isolation", ww | wr | rw | predicate, true, true, true},
	StrongSessionSnapshot:     {"strong session snapshot isolation", ww | wr | rw | predicate | process, true, true, true},
	StrongSnapshot:            {"strong snapshot isolation", ww | wr | rw | predicate | process | realtime, true, true, true},
	Serializable:              {"serializable", ww | wr | rw | predicate, false, true, true},
	StrongSessionSerializable: {"strong session serializable", ww | wr | rw | predicate | process, false, true, true},
	StrictSerializable:        {"strict serializable", ww | wr | rw | predicate | process | realtime, false, true, true},
}

// String returns the level's usual name in lower case.
func (l Level) String() string { return specs[l].name }

// Levels returns all levels, in the order of their declaration.
func Levels() []Level {
	var all []Level
	for l := range levels {
		all = append(all, l)
	}
	return all
}
