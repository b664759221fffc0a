package scheme

// Store is storage as a scheme sees it: keys and values in order, units of
// work that are atomic and durable, and no isolation at all. Any of its calls
// may return a *Ticket: when all of the buffer pool waits to be written, for
// example.
type Store interface {
	// Get returns the current value of a key, whoever wrote it, committed or
	// not. The value is valid until the next call of the store.
	Get(key []byte) (value []byte, found bool, err error)
	// Seek returns the first entry of a range, in its direction, of the current
	// contents. To walk on, narrow the range: From = append(key, 0), or To = key
	// when in reverse.
	Seek(Range) (key, value []byte, found bool, err error)
	// Begin starts a unit of work. Many may be open at a time.
	Begin() Unit
	// Snapshot returns the newest state that is durable. It costs nothing to
	// take; it has to be closed.
	Snapshot() (Snapshot, error)
	// Newest returns the state that all commits leave whose records are in the log,
	// durable or not: who has read it asks Force before he tells of it (S2).
	Newest() (Snapshot, error)
	// Force fires a ticket once all that was committed before is durable; it
	// returns nil if it is.
	Force() *Ticket
	// Check tells whether key and value are within the limits of the store.
	Check(key, value []byte) error
	// NewID returns a number that no transaction of this database had before.
	// Units have the number that they were begun with.
	NewID() ID
}

// Unit is a unit of work: all that it did survives every crash once it is
// committed, and nothing of it does if it is not.
type Unit interface {
	// ID returns the number under which the log knows the unit.
	ID() ID
	// Put sets the value of a key at once, for everybody who reads the store.
	// It keeps neither slice.
	Put(key, value []byte) error
	// Delete removes a key at once. It is no error if there is none.
	Delete(key []byte) error
	// Savepoint returns the present state of the unit.
	Savepoint() Savepoint
	// RollbackTo undoes what the unit did since the savepoint, which stays
	// valid. After a ticket it has to be called again.
	RollbackTo(Savepoint) error
	// Commit appends the commit record, on the first call, and returns a ticket
	// until it is durable. A unit that changed nothing has nothing to log, and
	// waits for nothing.
	Commit() error
	// Rollback undoes all that the unit did, and ends it. After a ticket it has
	// to be called again.
	Rollback() error
}

// Savepoint is a state of a unit that it can be rolled back to.
type Savepoint uint64

// Snapshot is a state of the store as of a commit: what units changed later, or
// have not made durable, does not show. Its methods change nothing that is
// shared, so that a live shell may let many snapshots read in parallel, as long
// as nothing else runs. An error of a read may be a *Miss.
type Snapshot interface {
	// Seq returns the number of the newest commit that shows.
	Seq() Seq
	// Get returns the value of a key. It is valid as long as nothing else runs.
	Get(key []byte) (value []byte, found bool, err error)
	// Seek returns the first entry of a range, in its direction.
	Seek(Range) (key, value []byte, found bool, err error)
	// Changed tells whether a key was changed by a commit that does not show
	// here, durable or not. First-committer-wins is decided by it.
	Changed(key []byte) (bool, error)
	// Close ends the snapshot. It is not for parallel use.
	Close()
}

// Seq numbers commits in their order in the log: 1, 2, 3 and so on. It begins
// anew when a database is opened.
type Seq uint64

// Miss is the error of a parallel read that needs a page that is not in memory.
// The owner calls Load, alone, and the read is called again.
type Miss struct {
	// Load brings the page into memory. Its error may be a *Ticket.
	Load func() error
	// Warm reads the page's bytes and drops them, so that Load finds them in the
	// cache of the operating system. It may be called by anybody at any time.
	Warm func()
}

func (m *Miss) Error() string { return "a page is not in memory" }

// Resolve serves a read of whoever owns the store alone: it loads what is
// missing and calls the read again.
func Resolve(read func() error) error {
	for {
		err := read()
		miss, ok := err.(*Miss)
		if !ok {
			return err
		}
		if err := miss.Load(); err != nil {
			return err
		}
	}
}
