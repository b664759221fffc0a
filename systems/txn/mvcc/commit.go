package mvcc

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// Prepare implements scheme.Voter: what the transaction has read stays so, as its
// ReadTS stand, and who would read its versions waits.
func (t *Txn) Prepare() error {
	if err := t.usable(); err != nil {
		return err
	}
	t.phase = prepared
	return nil
}

// Commit implements scheme.Txn. Nothing is left to be decided: the rules have been
// kept all along.
func (t *Txn) Commit() error {
	switch {
	case t.doomed != nil:
		return t.doomed
	case t.phase == over:
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	case t.phase <= prepared && len(t.written) == 0:
		t.phase, t.wait = logged, t.s.store.Force()
	case t.phase <= prepared:
		if err := t.s.turn.Take(t); err != nil {
			return err
		}
		t.phase, t.unit = commit, t.s.store.Begin()
	}
	if t.phase == commit {
		if err := t.install(); err != nil {
			return err
		}
	}
	return t.durable()
}

// install puts into the store what is the newest committed version of its object,
// and appends the commit record. That may have to wait to be durable, but others may
// go on (M4).
func (t *Txn) install() error {
	for ; t.placed < len(t.written); t.placed++ {
		w := t.written[t.placed]
		if w.object.newer(w.object.at(t.ts)) {
			t.s.stats.Overtaken++
			continue
		}
		if err := t.place(w); err != nil {
			return err
		}
	}
	err := t.unit.Commit()
	if _, waits := scheme.Waiting(err); err != nil && !waits {
		return err
	}
	t.phase, t.wait = logged, t.s.store.Force()
	t.s.stats.Commits++
	for _, w := range t.written {
		w.version.by = nil
		t.s.prune(w.object, t.s.floor)
	}
	t.settle()
	return err
}

func (t *Txn) place(w write) error {
	t.s.key = append(t.s.key[:0], w.object.key...)
	if w.version.there {
		return t.unit.Put(t.s.key, w.version.value)
	}
	return t.unit.Delete(t.s.key)
}

// settle lets others go on: who waits for the turn, and who reads.
func (t *Txn) settle() {
	t.s.turn.Pass(t)
	if t.settled != nil {
		t.settled.Fire()
	}
}

// durable waits until the commit is, or what was read, or what overtook it.
func (t *Txn) durable() error {
	if t.unit != nil {
		if err := t.unit.Commit(); err != nil {
			return err
		}
	}
	if t.wait != nil && !t.wait.Fired() {
		return t.wait
	}
	t.phase = over
	t.s.collect()
	return nil
}

// Abort implements scheme.Txn.
func (t *Txn) Abort() error {
	if t.phase == over {
		return nil
	}
	if t.unit != nil {
		if err := t.unit.Rollback(); err != nil {
			return err
		}
	}
	if t.phase != logged {
		t.withdraw()
	}
	t.phase = over
	t.s.collect()
	return nil
}

// withdraw takes the transaction's versions away, and forgets what it has scanned.
func (t *Txn) withdraw() {
	for _, w := range t.written {
		t.s.remove(w.object, w.version)
	}
	t.written = nil
	t.ranges = workspace.Reads{}
	t.settle()
}
