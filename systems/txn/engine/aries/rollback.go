package aries

import (
	"fmt"

	"github.com/parleysystems/parley/node"
)

// Rollback undoes what a transaction did after the record to, 0 for all of it,
// newest first (section 5.2). Every step writes a compensation record, so that no
// crash and no second rollback undoes anything twice. After a ticket it has to be
// called again.
func (m *Manager) Rollback(t *Txn, to node.LSN) error {
	if to == 0 && t.State == Running {
		m.abort(t)
	}
	for t.UndoNext > to {
		if err := m.undoNext(t); err != nil {
			return err
		}
	}
	if to == 0 {
		m.rolledBack(t)
	}
	return nil
}

func (m *Manager) abort(t *Txn) {
	if t.First == 0 {
		t.State = Ended
		return
	}
	m.append(t, &Record{Kind: Abort, Txn: t.ID})
	m.stats.Rollbacks++
}

func (m *Manager) rolledBack(t *Txn) {
	if t.State != Ended {
		m.append(t, &Record{Kind: End, Txn: t.ID})
	}
}

// undoNext undoes one record, or steps over one that is not to be undone.
func (m *Manager) undoNext(t *Txn) error {
	r, err := m.record(t.UndoNext)
	if err != nil {
		return err
	}
	if r.Txn != t.ID {
		panic(fmt.Sprintf("aries: record %d is of transaction %d, not of %d, whose chain led there", r.LSN, r.Txn, t.ID))
	}
	//parley:rule aries.recovery.undo-with-clr force=false
	if r.Kind == Compensation {
		t.UndoNext = r.UndoNext
		return nil
	}
	if r.Kind != Update || r.Undo == RedoOnly {
		t.UndoNext = r.Prev
		return nil
	}
	if err := m.undo(t, r); err != nil {
		return err
	}
	for n := len(t.frees); n > 0 && t.frees[n-1].lsn >= r.LSN; n = len(t.frees) {
		t.frees = t.frees[:n-1]
	}
	return nil
}

// undo takes an update back, with a compensation that leads to the record before.
func (m *Manager) undo(t *Txn, r *Record) error {
	//parley:rule aries.idea.three-principles value=As{Undo:RedoOnly}
	as := As{CLR: true, UndoNext: r.Prev}
	switch r.Undo {
	case OnKey:
		return m.undoer.UndoKey(t, as, &r.Changes[0])
	case OnChain:
		return m.undoer.UndoChain(t, as, r.Changes[0].Page)
	}
	if err := m.pool.Begin(len(r.Changes)); err != nil {
		return err
	}
	var changes []Change
	for i := len(r.Changes) - 1; i >= 0; i-- {
		c := r.Changes[i].opposite()
		f, err := m.pool.Fix(c.Page, true)
		if err != nil {
			return err
		}
		c.Frame = f
		changes = append(changes, c)
	}
	m.Write(t, as, changes...)
	return nil
}
