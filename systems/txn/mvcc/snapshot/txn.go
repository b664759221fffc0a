package snapshot

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// phase is how far a transaction is.
type phase uint8

const (
	modify phase = iota
	commit       // its writes go to the store
	over
)

// Txn is a transaction under snapshot isolation.
type Txn struct {
	s         *Scheme
	id        scheme.ID
	readOnly  bool
	phase     phase
	doomed    *scheme.Abort
	snapshot  scheme.Snapshot // from the first access on
	writes    workspace.Writes
	unit      scheme.Unit    // from the commit on
	certifier Certifier      // nil: there is none
	told      bool           // that the store knows of the commit
	value     []byte         // that was read last
	wait      *scheme.Ticket // of one that wrote nothing, for what it has read
}

// ID returns the transaction's number.
func (t *Txn) ID() scheme.ID { return t.id }

// Keys returns the keys that the transaction has written so far, in order.
func (t *Txn) Keys() []string { return t.writes.Keys(nil) }

// Wrote tells whether the transaction has written a key.
func (t *Txn) Wrote(key []byte) bool { return t.writes.Has(string(key)) }

// Seq returns the number of the newest commit that the transaction sees, once it has
// made an access.
func (t *Txn) Seq() (seq scheme.Seq, began bool) {
	if t.snapshot == nil {
		return 0, false
	}
	return t.snapshot.Seq(), true
}

// start takes the snapshot, if that has not been done.
func (t *Txn) start() error {
	switch {
	case t.doomed != nil:
		return t.doomed
	case t.phase != modify:
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	}
	//parley:rule snapshotisolation.read.consistent-snapshot mvcc.snapshots.read-set-write-set schedule.anomaly.inconsistent-retrieval force=true
	if t.snapshot == nil {
		return t.take()
	}
	return nil
}

// take takes the snapshot: who promised to write nothing is content with what is
// durable, and then need not wait for that.
func (t *Txn) take() error {
	newest := t.s.store.Newest
	if t.readOnly {
		newest = t.s.store.Snapshot
	}
	snapshot, err := newest()
	if err != nil {
		return err
	}
	if t.snapshot != nil {
		t.snapshot.Close()
	}
	t.snapshot = snapshot
	if t.certifier != nil {
		t.certifier.Began()
	}
	return nil
}

// old turns the loss of the snapshot into an abort.
func (t *Txn) old(err error) error {
	if errors.Is(err, scheme.ErrTooOld) {
		t.doomed = &scheme.Abort{Reason: "snapshot is no longer kept"}
		return t.doomed
	}
	return err
}

// Get implements scheme.Txn.
func (t *Txn) Get(key []byte) (value []byte, found bool, err error) {
	if err := t.start(); err != nil {
		return nil, false, err
	}
	if w, mine := t.writes.Get(key); mine {
		return w.Value, w.There, nil
	}
	value, found, err = t.snapshot.Get(key)
	if miss, ok := err.(*scheme.Miss); ok {
		if err = miss.Load(); err != nil {
			return nil, false, err
		}
		return t.Get(key)
	}
	t.value = append(t.value[:0], value...)
	return t.value, found, t.old(err)
}

// Scan implements scheme.Txn.
func (t *Txn) Scan(r scheme.Range) scheme.Cursor { return t.Walk(r, func(scheme.Range) {}) }

// Walk is Scan, and calls passed with each part of the range that was read.
func (t *Txn) Walk(r scheme.Range, passed func(scheme.Range)) scheme.Cursor {
	return workspace.Scan(r, &view{t, passed}, &t.writes)
}

// view is the snapshot.
type view struct {
	t      *Txn
	passed func(scheme.Range)
}

// Seek implements workspace.View.
func (v *view) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	if err := v.t.start(); err != nil {
		return nil, nil, false, err
	}
	err = scheme.Resolve(func() (err error) {
		key, value, found, err = v.t.snapshot.Seek(r)
		return err
	})
	return key, value, found, v.t.old(err)
}

// Passed implements workspace.View.
func (v *view) Passed(r scheme.Range) { v.passed(r) }

// Put implements scheme.Txn.
func (t *Txn) Put(key, value []byte) error {
	if err := t.mayWrite(key, value); err != nil {
		return err
	}
	t.writes.Put(key, value)
	return nil
}

// Delete implements scheme.Txn.
func (t *Txn) Delete(key []byte) error {
	if err := t.mayWrite(key, nil); err != nil {
		return err
	}
	t.writes.Delete(key)
	return nil
}

// mayWrite takes the snapshot for a transaction that only writes, too: which commits
// come before it is decided now.
func (t *Txn) mayWrite(key, value []byte) error {
	if err := t.start(); err != nil {
		return err
	}
	if t.readOnly {
		return fmt.Errorf("transaction %d, key %q: %w", t.id, key, scheme.ErrReadOnly)
	}
	return t.s.store.Check(key, value)
}
