package snapshot

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Commit implements scheme.Txn.
func (t *Txn) Commit() error {
	switch {
	case t.doomed != nil:
		return t.doomed
	case t.phase == over:
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	case t.phase == modify:
		if err := t.decide(); err != nil {
			return err
		}
	}
	if t.unit != nil {
		if err := t.log(); err != nil {
			return err
		}
	} else if t.wait != nil && !t.wait.Fired() {
		return t.wait
	}
	t.phase = over
	return nil
}

// Committed tells whether Commit would return nil. Whoever knows that the ticket of
// Commit has fired may ask without being the owner.
func (t *Txn) Committed() bool {
	u, ok := t.unit.(interface{ Committed() bool })
	return ok && t.told && u.Committed()
}

// decide finds out whether the transaction may commit. If it does, it keeps the turn
// until the store knows of that (S2).
func (t *Txn) decide() error {
	if t.writes.Len() > 0 {
		if err := t.s.turn.Take(t); err != nil {
			return err
		}
		abort, err := t.late()
		if err != nil {
			return err
		}
		//parley:rule snapshotisolation.commit.first-committer-wins force=false
		if abort != nil {
			t.s.stats.Late++
			return t.doom(abort)
		}
	}
	if t.certifier != nil {
		if abort := t.certifier.Certify(); abort != nil {
			t.s.stats.Refused++
			return t.doom(abort)
		}
	}
	t.phase = commit
	if t.writes.Len() == 0 {
		if !t.readOnly {
			t.wait = t.s.store.Force() // S3
		}
		t.close()
		return nil
	}
	t.s.stats.Commits++
	t.unit = t.s.store.Begin()
	return nil
}

func (t *Txn) doom(a *scheme.Abort) error {
	t.doomed = a
	t.s.turn.Pass(t)
	return a
}

// late returns an abort if another has committed a write, since the snapshot was taken,
// to a key that the transaction writes.
func (t *Txn) late() (*scheme.Abort, error) {
	for _, key := range t.writes.Keys(nil) {
		changed, err := t.snapshot.Changed([]byte(key))
		if err != nil {
			return nil, t.old(err)
		}
		if changed {
			return &scheme.Abort{Reason: "first committer wins", Key: []byte(key)}, nil
		}
	}
	return nil, nil
}

// log lets the writes go to the store, and waits until they are durable; others may go
// on when the commit record is in the log.
func (t *Txn) log() error {
	if !t.told {
		if err := t.writes.Install(t.unit); err != nil {
			return err
		}
	}
	err := t.unit.Commit()
	durable, waits := scheme.Waiting(err)
	if err != nil && !waits {
		return err
	}
	if !t.told {
		t.told = true
		if t.certifier != nil {
			t.certifier.Logged(durable)
		}
		t.close()
	}
	return err
}

// close lets others go on, and the store forget what nobody else reads.
func (t *Txn) close() {
	t.s.turn.Pass(t)
	if t.snapshot != nil {
		t.snapshot.Close()
	}
}

// Abort implements scheme.Txn. Of a transaction that is not committing there is nothing
// in the store.
func (t *Txn) Abort() error {
	if t.phase == over {
		return nil
	}
	if t.unit != nil {
		if err := t.unit.Rollback(); err != nil {
			return err
		}
	}
	t.phase = over
	t.close()
	return nil
}
