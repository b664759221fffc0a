package aries

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Recovery tells what a restart found and did.
type Recovery struct {
	Checkpoint node.LSN // where analysis began; 0 for the log's beginning
	RedoFrom   node.LSN // the least recLSN of the dirty page table
	End        node.LSN // the last record of the log before the restart
	Analyzed   int      // records
	Redone     int      // changes applied
	Skipped    int      // changes that were on their page already
	Losers     []TxnID
	Undone     int // updates compensated
}

// restart is the state of a restart that may have to wait.
type restart struct {
	phase  phase
	dirty  map[page.ID]node.LSN // the dirty page table as analysis rebuilt it
	tables node.LSN             // the end-checkpoint record, or 0
	at     node.LSN             // redo goes on here
	losers []*Txn
}

type phase uint8

const (
	analysis phase = iota
	redo
	finish
	undo
	recovered
)

// Restart brings the database to the state that the log describes (section 6):
// analysis, redo, undo. It has to be called again after each ticket, and nothing
// else may be called before it has returned nil.
func (m *Manager) Restart() error {
	for {
		var err error
		switch m.restart.phase {
		case analysis:
			err = m.analyze()
		case redo:
			err = m.redo()
		case finish:
			err = m.finishWinners()
		case undo:
			err = m.undoLosers()
		case recovered:
			m.restart = restart{phase: recovered}
			return nil
		}
		if err != nil {
			return err
		}
		m.restart.phase++
	}
}

// analyze rebuilds the tables as of the end of the log, forwards from the
// begin-checkpoint record (6.1).
func (m *Manager) analyze() error {
	r := &m.restart
	r.dirty = map[page.ID]node.LSN{}
	rec := &m.stats.Recovery
	rec.Checkpoint, rec.End = m.master.Checkpoint, m.last
	from := m.master.Checkpoint
	if from == 0 {
		from = m.log.First()
		if from != m.master.Base+1 {
			return &LostError{m.master.Base + 1}
		}
	} else if err := m.load(from); err != nil {
		return err
	}
	m.point.last = from
	m.point.from = from
	//parley:unordered the least does not depend on the order
	for _, lsn := range r.dirty {
		m.point.from = min(m.point.from, lsn)
	}
	for _, t := range m.Open() {
		m.point.from = min(m.point.from, t.First)
	}
	//parley:rule aries.recovery.analysis value=r.tables
	next := from
	for lsn, b := range m.log.Records(next) {
		rec.Analyzed++
		if err := m.note(lsn, b); err != nil {
			return err
		}
	}
	r.at = m.last + 1
	//parley:unordered the least does not depend on the order
	for _, lsn := range r.dirty {
		r.at = min(r.at, lsn)
	}
	rec.RedoFrom = r.at
	return nil
}

// load starts from the tables of a checkpoint.
func (m *Manager) load(begin node.LSN) error {
	for lsn, b := range m.log.Records(begin) {
		if lsn == begin {
			if r, err := Parse(lsn, b); err != nil || r.Kind != Begin {
				return fmt.Errorf("the master record leads to log record %d, which begins no checkpoint: %w", begin, errRecord)
			}
		}
		if b[0] != byte(Tables) {
			continue
		}
		r, err := Parse(lsn, b)
		if err != nil {
			return err
		}
		if r.Tables.Begin != begin {
			continue
		}
		m.restart.tables = lsn
		m.nextID = max(m.nextID, r.Tables.NextID)
		for i := range r.Tables.Txns {
			t := r.Tables.Txns[i]
			m.table[t.ID] = &t
		}
		for _, d := range r.Tables.Dirty {
			m.restart.dirty[d.Page] = d.RecLSN
		}
		return nil
	}
	return &LostError{begin}
}

// note takes account of one record.
func (m *Manager) note(lsn node.LSN, b []byte) error {
	r, err := Parse(lsn, b)
	if err != nil {
		return err
	}
	if r.Txn == 0 {
		return nil
	}
	m.nextID = max(m.nextID, r.Txn+1)
	t := m.table[r.Txn]
	if t == nil {
		t = &Txn{ID: r.Txn}
	}
	m.enter(t, r)
	switch r.Kind {
	case Commit:
		t.freeing = progress{chains: r.Frees}
	case Freed:
		t.freeing.note(r)
	}
	for i := range r.Changes {
		if id := r.Changes[i].Page; m.restart.dirty[id] == 0 {
			m.restart.dirty[id] = lsn
		}
	}
	return nil
}

// redo repeats history: it carries out every change that may be missing from the
// disk, of winners, losers and compensations alike (6.2).
func (m *Manager) redo() error {
	r := &m.restart
	if r.at < m.log.First() {
		return &LostError{r.at}
	}
	for lsn, b := range m.log.Records(r.at) {
		rec, err := Parse(lsn, b)
		if err != nil {
			return err
		}
		if err := m.pool.Begin(len(rec.Changes)); err != nil {
			return err
		}
		//parley:rule aries.recovery.redo-repeats-history value=m.table[rec.Txn]==nil
		//parley:rule wal.policy.force force=false
		if rec.Txn != 0 {
			if err := m.redoRecord(rec); err != nil {
				return err
			}
		}
		r.at = lsn + 1
	}
	return nil
}

func (m *Manager) redoRecord(r *Record) error {
	for i := range r.Changes {
		c := &r.Changes[i]
		if from := m.restart.dirty[c.Page]; from == 0 || from > r.LSN {
			continue
		}
		if err := m.redoChange(c, r.LSN); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manager) redoChange(c *Change, lsn node.LSN) error {
	f, err := m.pool.Fix(c.Page, true)
	if err != nil {
		return err
	}
	//parley:rule aries.page.pagelsn-test force=false
	if f.LSN() >= lsn {
		m.stats.Recovery.Skipped++
		return nil
	}
	if why := c.fits(f.Page); why != "" {
		return &page.DamageError{File: pool.DataFile, ID: c.Page, Reason: fmt.Sprintf("log record %d cannot be redone: %s", lsn, why)}
	}
	c.apply(f.Page)
	m.pool.Changed(f, lsn)
	m.stats.Recovery.Redone++
	return nil
}

// finishWinners completes what transactions that have committed left to do.
func (m *Manager) finishWinners() error {
	for _, t := range m.Open() {
		if t.State != Committing {
			continue
		}
		if err := m.recall(t); err != nil {
			return err
		}
		t.durable = true
		if err := m.Finish(t); err != nil {
			return err
		}
	}
	return nil
}

// recall finds out which chains a committed transaction gives back, if analysis
// has begun behind its commit record.
func (m *Manager) recall(t *Txn) error {
	if t.freeing.chains != nil {
		return nil
	}
	last, err := m.record(t.Last)
	for r := last; err == nil; r, err = m.record(r.Prev) {
		if r.Kind != Commit {
			continue
		}
		t.freeing.chains = r.Frees
		if last.Kind == Freed {
			t.freeing.note(last)
		}
		return nil
	}
	return err
}

// undoLosers rolls all back that had not committed, in one sweep from the end of
// the log backwards: always the latest record of any of them (6.3).
func (m *Manager) undoLosers() error {
	r := &m.restart
	if r.losers == nil {
		r.losers = m.Open()
		for _, t := range r.losers {
			m.stats.Recovery.Losers = append(m.stats.Recovery.Losers, t.ID)
		}
	}
	before := m.stats.Compensations
	defer func() { m.stats.Recovery.Undone += int(m.stats.Compensations - before) }()
	//parley:rule wal.acid.atomicity wal.policy.steal value=false
	for len(r.losers) > 0 {
		t := slices.MaxFunc(r.losers, func(a, b *Txn) int { return int(int64(a.UndoNext) - int64(b.UndoNext)) })
		if t.UndoNext == 0 {
			m.rolledBack(t)
			r.losers = slices.DeleteFunc(r.losers, func(l *Txn) bool { return l == t })
			continue
		}
		if err := m.undoNext(t); err != nil {
			return err
		}
	}
	return nil
}
