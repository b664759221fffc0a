package enginetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// history is the whole log of a database, by transaction.
type history struct {
	all []*aries.Record
	by  map[aries.TxnID][]*aries.Record
}

// readLog reads the log and checks that LSNs increase by one.
func readLog(d *engine.Database) (h history, err error) {
	h.by = map[aries.TxnID][]*aries.Record{}
	last := node.LSN(0)
	for lsn, b := range d.Log().Records(0) {
		if last != 0 && lsn != last+1 {
			return h, fmt.Errorf("log record %d comes after %d", lsn, last)
		}
		last = lsn
		r, err := aries.Parse(lsn, append([]byte(nil), b...))
		if err != nil {
			return h, err
		}
		h.all = append(h.all, r)
		if r.Txn != 0 {
			h.by[r.Txn] = append(h.by[r.Txn], r)
		}
	}
	return h, nil
}

// chains checks that prevLSN leads from each transaction's last record through
// exactly its records.
func (h history) chains() error {
	for _, id := range slices.Sorted(maps.Keys(h.by)) {
		prev := node.LSN(0)
		for _, r := range h.by[id] {
			if r.Prev != prev {
				return fmt.Errorf("record %d of transaction %d says that %d comes before it, and %d does", r.LSN, id, r.Prev, prev)
			}
			prev = r.LSN
		}
	}
	return nil
}

// ends sorts transactions by what the log says of them at its end.
func (h history) ends() (committed, unfinished map[aries.TxnID]bool) {
	committed, unfinished = map[aries.TxnID]bool{}, map[aries.TxnID]bool{}
	for id, records := range h.by {
		commit, end := false, false
		for _, r := range records {
			commit = commit || r.Kind == aries.Commit
			end = end || r.Kind == aries.End
		}
		if commit {
			committed[id] = true
		} else if !end {
			unfinished[id] = true
		}
	}
	return committed, unfinished
}

// compensated checks that every update of a rolled back transaction was compensated
// once, newest first, and none twice.
func (h history) compensated(id aries.TxnID) (count int, err error) {
	var due []node.LSN // updates that are not compensated, oldest first
	for _, r := range h.by[id] {
		switch {
		case r.Kind == aries.Update && r.Undo != aries.RedoOnly:
			due = append(due, r.LSN)
		case r.Kind == aries.Compensation && len(r.Changes) == 0: // the end of a nested top action
			for n := len(due); n > 0 && due[n-1] > r.UndoNext; n = len(due) {
				due = due[:n-1]
			}
		case r.Kind == aries.Compensation:
			n := len(due)
			if n == 0 || r.UndoNext >= due[n-1] {
				return 0, fmt.Errorf("compensation %d of transaction %d leads to %d, and what is to be undone is %v", r.LSN, id, r.UndoNext, due)
			}
			due = due[:n-1]
			count++
		}
	}
	if len(due) > 0 {
		return 0, fmt.Errorf("transaction %d was never rolled back beyond record %d", id, due[len(due)-1])
	}
	return count, nil
}

// keepLog draws knobs under which the log is never trimmed.
func keepLog(r *scheduletest.Run) Knobs {
	k := Draw(r.Rand)
	k.Options.Checkpoint = 1 << 30
	k.Options.Versions = 1 << 20
	return k
}

// Log asks whether the log alone is the database.
var Log = scheduletest.Question{
	System: "engine", Name: "log",
	Text: `Is the log the database? A workload runs and the power fails. The log is read: LSNs grow by one, and prevLSN leads
from the last record of each transaction through exactly its records. Then the data file is taken away, empty ones
put in its place, and the database restarted from the log's beginning: redo must bring every page back, undo take
every loser's change out, so that the state is that of the commits whose records are in the log, with an end record
or without. The transactions that analysis found unfinished must be those of the log.`,
	Canon: []string{
		"wal.log.record-contents", "wal.log.separate-sequential-file", "aries.log.prevlsn-and-transaction-table",
		"aries.commit.end-record-is-commit-point", "aries.recovery.redo-repeats-history", "aries.recovery.analysis",
	},
	Sometimes: []string{"a commit without its end record", "a loser"},
	Enough:    30,
	Ask: func(r *scheduletest.Run) error {
		t := NewTrial(r.Rand, keepLog(r), r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		t.DB.KeepLog(1)
		t.Host.CrashAt = t.Host.Ops + 100 + r.IntN(400)
		if _, err := t.Run(60 + r.IntN(200)); err != nil {
			return err
		}
		t.Crash()
		return t.onlyTheLog(r)
	},
}.Register()

// beginning makes the master record lead to the log's beginning.
func (t *Trial) beginning() error {
	h, err := NewHost(t.Rand, t.Device, int(t.Knobs.LogBatch))
	if err != nil {
		return err
	}
	err = fmt.Errorf("the master record is not written")
	aries.CreateMaster(h.Disk(), &aries.Master{PageSize: t.Knobs.Options.PageSize}, func(e error) { err = e })
	h.Settle()
	return err
}

// onlyTheLog empties the data file, restarts, and compares the state and the tables
// with what the log says.
func (t *Trial) onlyTheLog(r *scheduletest.Run) error {
	if err := t.empty("files/data"); err != nil {
		return err
	}
	if err := t.empty("files/double"); err != nil {
		return err
	}
	if err := t.beginning(); err != nil {
		return err
	}
	if failed, err := t.Boot(0); failed || err != nil {
		return fmt.Errorf("restart from the log alone: %w", err)
	}
	h, err := readLog(t.DB)
	if err != nil {
		return err
	}
	if err := h.chains(); err != nil {
		return err
	}
	return t.tables(r, h)
}

// tables compares what analysis found with the part of the log that it saw.
func (t *Trial) tables(r *scheduletest.Run, h history) error {
	rec := t.DB.Stats().Recovery
	before := history{by: map[aries.TxnID][]*aries.Record{}}
	for _, x := range h.all {
		if x.LSN <= rec.End && x.Txn != 0 {
			before.by[x.Txn] = append(before.by[x.Txn], x)
		}
	}
	committed, unfinished := before.ends()
	found := map[aries.TxnID]bool{}
	for _, id := range rec.Losers {
		found[id] = true
	}
	if !maps.Equal(found, unfinished) {
		return fmt.Errorf("analysis took %v for losers, and the log says %v", found, unfinished)
	}
	r.Marks.Sometimes("a loser", len(unfinished) > 0)
	for id := range committed {
		records := before.by[id]
		r.Marks.Sometimes("a commit without its end record", records[len(records)-1].Kind != aries.End)
	}
	for _, id := range rec.Losers {
		if _, err := h.compensated(id); err != nil {
			return err
		}
	}
	r.Say(len(h.all), len(committed), len(unfinished))
	return t.Judge()
}

func (t *Trial) empty(name string) error {
	f, err := t.Device.Open(name)
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	return f.Sync()
}
