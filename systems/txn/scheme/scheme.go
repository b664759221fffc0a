package scheme

// ID numbers the transactions of a database; zero stands for none.
type ID uint64

// Scheme isolates the transactions of one database from each other.
type Scheme interface {
	// Name returns the name that users select the scheme by: "serial", "2pl".
	Name() string
	// Begin starts a transaction. It never waits.
	Begin(Options) Txn
}

// Unordered is a scheme that does not serialize transactions in the order of their
// commit records. A reader of a Snapshot, which shows commits in that order, does not fit
// in: under such a scheme, readers are transactions of the scheme as well.
type Unordered interface {
	Scheme
	// Unordered does nothing.
	Unordered()
}

// Options describe a transaction that begins.
type Options struct {
	// ReadOnly promises that the transaction writes nothing.
	ReadOnly bool
	// Retry is the transaction that was aborted and is tried again: schemes
	// that prefer the older let it keep its age. Nil for a first try.
	Retry Txn
	// Timestamp, if not zero, is what the transaction is ordered by under a scheme that
	// orders by timestamps: nobody else's, whatever store it belongs to. Who takes part in
	// transactions over several stores draws it; if it is zero, the scheme does.
	Timestamp uint64
}

// Voter is a transaction that can be a part of one over several stores, which commits
// everywhere or nowhere (two-phase commit).
type Voter interface {
	Txn
	// Prepare votes: after nil Commit returns no *Abort, whenever it is called, and the
	// order among those who are in conflict with this transaction and commit is that of
	// the calls of Commit, or of the timestamps. Until then only Commit and Abort may be
	// called. After a ticket it has to be called again.
	Prepare() error
}

// Reuser is a Scheme that makes new Txns of old ones, or a Store that does so with Units.
type Reuser[T any] interface {
	// Reuse takes one that is at an end, and that nobody is going to look at any more. It
	// may come to nothing.
	Reuse(T)
}

// Txn is one transaction under a scheme. Keys and values that are passed in are
// not kept; those that are returned are valid until the next call of a
// method of this transaction, and not to be changed. Every error but a *Ticket
// leaves Abort as the only call that is allowed, except for errors that say that
// the arguments are bad (a key or a value too long).
type Txn interface {
	// Get returns the value of a key.
	Get(key []byte) (value []byte, found bool, err error)
	// Scan returns a cursor over a range, before its first entry. Nothing is
	// read, or protected, until Next is called.
	Scan(Range) Cursor
	// Put sets the value of a key.
	Put(key, value []byte) error
	// Delete removes a key; it is no error if there is none.
	Delete(key []byte) error
	// Commit makes the transaction permanent. It has to be called again after
	// each ticket, until it returns nil or an error.
	Commit() error
	// Abort undoes the transaction. It has to be called again after each ticket.
	Abort() error
}

// Cursor walks over the entries of a range.
type Cursor interface {
	// Next moves to the next entry and returns it; found is false at the end.
	Next() (key, value []byte, found bool, err error)
}

// Range is a part of the keys, and a direction.
type Range struct {
	// From is the least key, and To the first that is greater than all; nil
	// means no bound.
	From, To []byte
	// Reverse walks from the greatest key down.
	Reverse bool
}

// Contains tells whether a key lies in the range.
func (r Range) Contains(key []byte) bool {
	return (r.From == nil || string(key) >= string(r.From)) && (r.To == nil || string(key) < string(r.To))
}
