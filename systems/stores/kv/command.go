package kv

// Revision counts the commands that changed keys: the store starts at 1, and
// each command that changes at least one key adds 1. What one transaction
// changes shares a revision.
type Revision int64

// LeaseID names a lease. Clients choose it, or leave it 0 for the door to
// draw one before it proposes.
type LeaseID int64

// Command is what the replicas apply: exactly one field is set.
//
// Everything that decides what a command does stands in it, or in the state
// that earlier commands made: a clock is read by the host that proposes, never
// by those that apply.
type Command struct {
	Put             *Put             `wire:"1"`
	DeleteRange     *DeleteRange     `wire:"2"`
	Txn             *Txn             `wire:"3"`
	Compact         *Compact         `wire:"4"`
	LeaseGrant      *LeaseGrant      `wire:"5"`
	LeaseRevoke     *LeaseRevoke     `wire:"6"`
	LeaseKeepAlive  *LeaseKeepAlive  `wire:"7"`
	LeaseExpire     *LeaseExpire     `wire:"8"`
	AlarmActivate   *AlarmActivate   `wire:"9"`
	AlarmDeactivate *AlarmDeactivate `wire:"10"`
}

// Put sets one key. The value, or the lease, stays as it was where Ignore says
// so, and then the key must exist.
type Put struct {
	Key         []byte  `wire:"1"`
	Value       []byte  `wire:"2"`
	Lease       LeaseID `wire:"3"` // 0 for none
	PrevKV      bool    `wire:"4"` // the result carries the pair that was replaced
	IgnoreValue bool    `wire:"5"`
	IgnoreLease bool    `wire:"6"`
}

// DeleteRange deletes the keys of an interval (see Range).
type DeleteRange struct {
	Key      []byte `wire:"1"`
	RangeEnd []byte `wire:"2"`
	PrevKV   bool   `wire:"3"` // the result carries the pairs that were deleted
}

// Range reads the keys from Key up to but without RangeEnd. An empty RangeEnd
// means the one key Key; a RangeEnd of one zero byte means no upper end.
type Range struct {
	Key               []byte     `wire:"1"`
	RangeEnd          []byte     `wire:"2"`
	Limit             int64      `wire:"3"` // 0 for all
	Revision          Revision   `wire:"4"` // 0 for the newest
	SortOrder         SortOrder  `wire:"5"`
	SortTarget        SortTarget `wire:"6"`
	KeysOnly          bool       `wire:"7"`
	CountOnly         bool       `wire:"8"`
	MinModRevision    Revision   `wire:"9"` // 0 for no bound, here and below
	MaxModRevision    Revision   `wire:"10"`
	MinCreateRevision Revision   `wire:"11"`
	MaxCreateRevision Revision   `wire:"12"`
}

// SortOrder says in which order a Range lists its pairs.
type SortOrder uint8

// The orders. Without one, pairs come by ascending target unless that is the
// key, which is the order that they are in anyway.
const (
	SortNone SortOrder = iota
	SortAscend
	SortDescend
)

// SortTarget says by what a Range sorts.
type SortTarget uint8

// The fields to sort by.
const (
	SortByKey SortTarget = iota
	SortByVersion
	SortByCreate
	SortByMod
	SortByValue
)

// Txn compares, and then executes one of two lists of operations as one step.
type Txn struct {
	Compare []Compare `wire:"1"`
	Success []Op      `wire:"2"` // executed if all comparisons hold
	Failure []Op      `wire:"3"` // executed otherwise
}

// Op is one operation of a transaction: exactly one field is set.
type Op struct {
	Range       *Range       `wire:"1"`
	Put         *Put         `wire:"2"`
	DeleteRange *DeleteRange `wire:"3"`
	Txn         *Txn         `wire:"4"`
}

// Compare is a condition on every key of an interval (see Range). A key that
// does not exist has version, revisions and lease 0, and fails every
// comparison of its value. An interval without keys counts as one such key.
type Compare struct {
	Key      []byte        `wire:"1"`
	RangeEnd []byte        `wire:"2"`
	Target   CompareTarget `wire:"3"`
	Relation Relation      `wire:"4"`
	Number   int64         `wire:"5"` // to compare with: version, revision or lease
	Value    []byte        `wire:"6"` // to compare with, for CompareValue
}

// CompareTarget is the field of a pair that a Compare looks at.
type CompareTarget uint8

// The fields to compare.
const (
	CompareVersion CompareTarget = iota
	CompareCreate
	CompareMod
	CompareValue
	CompareLease
)

// Relation is what a Compare demands between the stored and the given.
type Relation uint8

// The relations; stored stands left, given right.
const (
	Equal Relation = iota
	Greater
	Less
	NotEqual
)

// Compact gives up all versions that a read at Revision or later cannot see.
type Compact struct {
	Revision Revision `wire:"1"`
}

// LeaseGrant makes a lease of TTL seconds.
type LeaseGrant struct {
	ID  LeaseID `wire:"1"` // not 0
	TTL int64   `wire:"2"` // seconds
}

// LeaseRevoke ends a lease and deletes its keys.
type LeaseRevoke struct {
	ID LeaseID `wire:"1"`
}

// LeaseKeepAlive renews a lease: its generation becomes the index of this
// command, and with that every LeaseExpire already on its way becomes void.
type LeaseKeepAlive struct {
	ID LeaseID `wire:"1"`
}

// LeaseExpire is a LeaseRevoke on the condition that nobody has renewed the
// lease since the proposer started to wait for it.
type LeaseExpire struct {
	ID         LeaseID `wire:"1"`
	Generation uint64  `wire:"2"`
}

// AlarmKind is the reason for which writes are refused.
type AlarmKind uint8

// The kinds of alarm, numbered as etcd does.
const (
	AlarmNoSpace AlarmKind = 1
	AlarmCorrupt AlarmKind = 2
)

// AlarmActivate raises an alarm in the name of a member.
type AlarmActivate struct {
	Kind   AlarmKind `wire:"1"`
	Member uint64    `wire:"2"`
}

// AlarmDeactivate takes an alarm of a member back.
type AlarmDeactivate struct {
	Kind   AlarmKind `wire:"1"`
	Member uint64    `wire:"2"`
}
