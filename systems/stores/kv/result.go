package kv

// Result is what applying a Command gave. If Err is set the command changed
// nothing, on no replica (but see ErrAnswerTooLarge); otherwise the field of the command's own kind is set
// where that kind has something to say.
type Result struct {
	Err         Refusal      `wire:"1"`
	Revision    Revision     `wire:"2"` // of the store after the command
	Put         *PutResult   `wire:"3"`
	DeleteRange *Deleted     `wire:"4"`
	Txn         *TxnResult   `wire:"5"`
	Lease       *LeaseResult `wire:"6"`
	Alarms      []Alarm      `wire:"7"` // now active, after an alarm command
}

// PutResult answers a Put.
type PutResult struct {
	Prev *KeyValue `wire:"1"` // if asked for and there was one
}

// Deleted answers a DeleteRange.
type Deleted struct {
	Count int64      `wire:"1"`
	Prev  []KeyValue `wire:"2"` // if asked for
}

// RangeResult answers a Range.
type RangeResult struct {
	KVs      []KeyValue `wire:"1"`
	More     bool       `wire:"2"` // Limit left some out
	Count    int64      `wire:"3"` // of the interval, whatever Limit and the bounds on revisions leave out
	Revision Revision   `wire:"4"` // of the store when it was read
	Err      Refusal    `wire:"5"`
}

// TxnResult answers a Txn: one OpResult for each Op of the chosen list.
type TxnResult struct {
	Succeeded bool       `wire:"1"`
	Results   []OpResult `wire:"2"`
}

// OpResult answers an Op; the field of its kind is set.
type OpResult struct {
	Range       *RangeResult `wire:"1"`
	Put         *PutResult   `wire:"2"`
	DeleteRange *Deleted     `wire:"3"`
	Txn         *TxnResult   `wire:"4"`
	Revision    Revision     `wire:"5"` // of the store, as this operation saw it
}

// LeaseResult answers the lease commands.
type LeaseResult struct {
	ID         LeaseID `wire:"1"`
	TTL        int64   `wire:"2"` // as granted, seconds
	Generation uint64  `wire:"3"` // index of this command
}

// KeyValue is a pair as one revision has it. Key and Value of an answer are
// views of the store's own memory: read them, do not write to them.
type KeyValue struct {
	Key            []byte   `wire:"1"`
	CreateRevision Revision `wire:"2"` // when the key last came into being
	ModRevision    Revision `wire:"3"` // when the value was set
	Version        int64    `wire:"4"` // number of Puts since CreateRevision; 0 for a deletion
	Value          []byte   `wire:"5"`
	Lease          LeaseID  `wire:"6"`
}

// Alarm is an active alarm.
type Alarm struct {
	Kind   AlarmKind `wire:"1"`
	Member uint64    `wire:"2"`
}

// Refusal says why a command or query had no effect; zero means that it had.
type Refusal uint8

// The refusals. They are final: the same request would be refused again in the
// same state. All but ErrAnswerTooLarge say that nothing happened.
const (
	ErrMalformed        Refusal = iota + 1 // the bytes are no command, or a field is out of its domain
	ErrEmptyKey                            // a key is needed
	ErrKeyNotFound                         // IgnoreValue or IgnoreLease without such a key
	ErrValueProvided                       // IgnoreValue beside a value
	ErrLeaseProvided                       // IgnoreLease beside a lease
	ErrTooManyOps                          // a transaction over the limit
	ErrDuplicateKey                        // a transaction changes one key twice
	ErrCompacted                           // the revision is before the compacted one
	ErrFutureRevision                      // the revision has not come yet
	ErrNoSpace                             // the quota is used up, the alarm is active
	ErrCorrupt                             // the corruption alarm is active
	ErrLeaseNotFound                       // no such lease, or no longer
	ErrLeaseExists                         // a lease of that ID is there
	ErrLeaseTTLTooLarge                    // over MaxLeaseTTL
	ErrLeaseRenewed                        // an expiry that came too late: the lease lives
	ErrAnswerTooLarge                      // the command WAS executed, its answer exceeds one message
)

var refusals = [...]string{
	0:                   "not refused",
	ErrMalformed:        "malformed request",
	ErrEmptyKey:         "key is missing",
	ErrKeyNotFound:      "key does not exist",
	ErrValueProvided:    "value given although it is to be ignored",
	ErrLeaseProvided:    "lease given although it is to be ignored",
	ErrTooManyOps:       "too many operations in transaction",
	ErrDuplicateKey:     "transaction changes a key twice",
	ErrCompacted:        "revision has been compacted",
	ErrFutureRevision:   "revision is in the future",
	ErrNoSpace:          "no space",
	ErrCorrupt:          "store is corrupt",
	ErrLeaseNotFound:    "lease does not exist",
	ErrLeaseExists:      "lease exists already",
	ErrLeaseTTLTooLarge: "TTL of lease is too large",
	ErrLeaseRenewed:     "lease was renewed",
	ErrAnswerTooLarge:   "executed, but the answer is too large",
}

// Error implements error.
func (r Refusal) Error() string {
	if int(r) < len(refusals) {
		return "kv: " + refusals[r]
	}
	return "kv: unknown refusal"
}
