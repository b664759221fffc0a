package engine

import "github.com/parleysystems/parley/systems/txn/scheme"

// Serial is the scheme that comes with the engine: one writer after the other, in
// the order of their arrival, and any number of readers on snapshots, who never
// wait and never keep a writer waiting. Schedules of writers are serial; a
// reader stands at its snapshot, which is the newest durable state, so that
// transactions are strictly serializable.
//
// The next writer begins when the commit record of the one before is in the log,
// ahead of its being durable: commit records become durable in the order of the
// log, hence nobody is told of a commit before those that it builds on (S2).
type Serial struct {
	store scheme.Store
	turn  *serialTxn   // whose turn it is to write
	queue []*serialTxn // who waits for it
}

// NewSerial returns the scheme over a store.
func NewSerial(store scheme.Store) *Serial { return &Serial{store: store} }

// Name implements scheme.Scheme.
func (s *Serial) Name() string { return "serial" }

// Begin implements scheme.Scheme.
func (s *Serial) Begin(o scheme.Options) scheme.Txn {
	if o.ReadOnly {
		return &SnapshotTxn{store: s.store}
	}
	return &serialTxn{s: s}
}

// serialTxn is a transaction that may write.
type serialTxn struct {
	s      *Serial
	unit   scheme.Unit
	ticket *scheme.Ticket // of its turn
	passed bool           // the turn is the next one's
	wait   *scheme.Ticket // of the commits that it has read from
	over   bool
}

// due tells whether it is the transaction's turn.
func (t *serialTxn) due() error {
	switch {
	case t.over || t.passed:
		return scheme.ErrEnded
	case t.s.turn == t:
		return nil
	case t.s.turn == nil:
		t.s.turn, t.unit = t, t.s.store.Begin()
		return nil
	case t.ticket == nil:
		t.ticket = new(scheme.Ticket)
		t.s.queue = append(t.s.queue, t)
	}
	return t.ticket
}

// pass hands the turn on.
func (t *serialTxn) pass() {
	s := t.s
	t.passed = true
	if s.turn != t {
		for i, q := range s.queue {
			if q == t {
				s.queue = append(s.queue[:i:i], s.queue[i+1:]...)
				break
			}
		}
		return
	}
	s.turn = nil
	if len(s.queue) > 0 {
		next := s.queue[0]
		s.queue = s.queue[1:]
		s.turn, next.unit = next, s.store.Begin()
		next.ticket.Fire()
	}
}

// Get implements scheme.Txn.
func (t *serialTxn) Get(key []byte) (value []byte, found bool, err error) {
	if err := t.due(); err != nil {
		return nil, false, err
	}
	return t.s.store.Get(key)
}

// Put implements scheme.Txn.
func (t *serialTxn) Put(key, value []byte) error {
	if err := t.due(); err != nil {
		return err
	}
	return t.unit.Put(key, value)
}

// Delete implements scheme.Txn.
func (t *serialTxn) Delete(key []byte) error {
	if err := t.due(); err != nil {
		return err
	}
	return t.unit.Delete(key)
}

// Scan implements scheme.Txn.
func (t *serialTxn) Scan(r scheme.Range) scheme.Cursor {
	return &cursor{left: r, seek: func(r scheme.Range) (key, value []byte, found bool, err error) {
		if err := t.due(); err != nil {
			return nil, nil, false, err
		}
		return t.s.store.Seek(r)
	}}
}

// Savepoint returns the present state of the transaction.
func (t *serialTxn) Savepoint() (scheme.Savepoint, error) {
	if err := t.due(); err != nil {
		return 0, err
	}
	return t.unit.Savepoint(), nil
}

// RollbackTo undoes what the transaction did since the savepoint.
func (t *serialTxn) RollbackTo(p scheme.Savepoint) error {
	if err := t.due(); err != nil {
		return err
	}
	return t.unit.RollbackTo(p)
}

// Commit implements scheme.Txn.
func (t *serialTxn) Commit() error {
	if t.over {
		return scheme.ErrEnded
	}
	if !t.passed {
		if err := t.due(); err != nil {
			return err
		}
		wrote, err := t.append()
		if err != nil {
			return err
		}
		t.pass()
		if !wrote {
			t.wait = t.s.store.Force() // of the commits that it may have read from
		}
	}
	if err := t.unit.Commit(); err != nil {
		return err
	}
	if t.wait != nil && !t.wait.Fired() {
		return t.wait
	}
	t.over = true
	return nil
}

// Committed is unit.Committed, for the transaction.
func (t *serialTxn) Committed() bool {
	u, ok := t.unit.(*unit)
	return ok && t.passed && t.wait == nil && u.Committed()
}

// append lets the unit append its commit record, if it wrote anything: a ticket
// then is one for its durability, and the turn can pass.
func (t *serialTxn) append() (wrote bool, err error) {
	err = t.unit.Commit()
	if _, waits := scheme.Waiting(err); waits {
		return true, nil
	}
	return false, err
}

// Abort implements scheme.Txn.
func (t *serialTxn) Abort() error {
	if t.over {
		return nil
	}
	if t.s.turn == t {
		if err := t.unit.Rollback(); err != nil {
			return err
		}
	}
	t.pass()
	t.over = true
	return nil
}

// SnapshotTxn is a transaction that reads a snapshot, under any scheme.
type SnapshotTxn struct {
	store    scheme.Store
	snapshot scheme.Snapshot
	over     bool
}

// Snapshot returns the transaction's snapshot, which it takes if it has none.
func (t *SnapshotTxn) Snapshot() (scheme.Snapshot, error) {
	if t.over {
		return nil, scheme.ErrEnded
	}
	if t.snapshot == nil {
		s, err := t.store.Snapshot()
		if err != nil {
			return nil, err
		}
		t.snapshot = s
	}
	return t.snapshot, nil
}

// Get implements scheme.Txn.
func (t *SnapshotTxn) Get(key []byte) (value []byte, found bool, err error) {
	s, err := t.Snapshot()
	if err != nil {
		return nil, false, err
	}
	err = scheme.Resolve(func() (err error) {
		value, found, err = s.Get(key)
		return err
	})
	return value, found, err
}

// Scan implements scheme.Txn.
func (t *SnapshotTxn) Scan(r scheme.Range) scheme.Cursor {
	return &cursor{left: r, seek: func(r scheme.Range) (key, value []byte, found bool, err error) {
		s, err := t.Snapshot()
		if err != nil {
			return nil, nil, false, err
		}
		err = scheme.Resolve(func() (err error) {
			key, value, found, err = s.Seek(r)
			return err
		})
		return key, value, found, err
	}}
}

// Put implements scheme.Txn.
func (t *SnapshotTxn) Put(_, _ []byte) error { return scheme.ErrReadOnly }

// Delete implements scheme.Txn.
func (t *SnapshotTxn) Delete([]byte) error { return scheme.ErrReadOnly }

// Commit implements scheme.Txn.
func (t *SnapshotTxn) Commit() error { return t.Abort() }

// Abort implements scheme.Txn.
func (t *SnapshotTxn) Abort() error {
	if t.snapshot != nil {
		t.snapshot.Close()
	}
	t.snapshot, t.over = nil, true
	return nil
}

// cursor walks by seeking again from behind the last entry.
type cursor struct {
	left scheme.Range
	seek func(scheme.Range) (key, value []byte, found bool, err error)
	last []byte
	over bool
}

// Next implements scheme.Cursor.
func (c *cursor) Next() (key, value []byte, found bool, err error) {
	if c.over {
		return nil, nil, false, nil
	}
	key, value, found, err = c.seek(c.left)
	if err != nil {
		return nil, nil, false, err
	}
	if c.over = !found; found {
		c.last = append(c.last[:0], key...)
		if c.left.Reverse {
			c.left.To = c.last
		} else {
			c.last = append(c.last, 0)
			c.left.From = c.last
		}
	}
	return key, value, found, nil
}
