package enginetest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// Again cuts restarts short, over and over.
var Again = scheduletest.Question{
	System: "engine", Name: "again",
	Text: `Does a restart that is cut short, again and again, come to an end, and to the same one? Several large transactions are
open, some of them partly rolled back, when the power fails. Up to ten restarts are cut short at writes that are drawn,
aimed at undo. In the end the state is right, and the log shows that every update of every loser was compensated exactly
once, that compensations never were, and that each loser has an end record: the work of undo is bounded by one pass, no
matter how many restarts it took.`,
	Canon: []string{
		"aries.idea.three-principles", "aries.recovery.undo-becomes-redo", "aries.recovery.undo-with-clr",
		"wal.acid.atomicity", "wal.policy.steal",
	},
	Sometimes: []string{"undone over several restarts", "four restarts cut short", "a loser partly rolled back", "a nested top action in undo"},
	Enough:    100,
	Ask: func(r *scheduletest.Run) error {
		k := keepLog(r)
		k.LogBatch, k.Units = 1, 4
		t := NewTrial(r.Rand, k, r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		t.DB.KeepLog(1)
		l := t.load()
		if _, err := guarded(func() error { return l.losers(100 + r.IntN(150)) }); err != nil {
			return err
		}
		t.Crash()
		cuts, err := t.cutShort(r.IntN(11))
		if err != nil {
			return err
		}
		r.Marks.Sometimes("four restarts cut short", cuts >= 4)
		return t.once(r)
	},
}.Register()

// losers makes changes in several units, with savepoints, and commits few of them.
func (l *Load) losers(steps int) error {
	for range steps {
		if len(l.open) < l.knobs.Units {
			l.open = append(l.open, &Work{unit: l.db.Begin(), writes: Writes{}})
		}
		var err error
		w, n := l.pick(), l.IntN(100)
		switch {
		case n < 70:
			err = l.put(w)
		case n < 85:
			err = l.remove(w)
		case n < 97:
			l.marks("a loser partly rolled back", w.saved != nil)
			err = l.savepoint(w)
		default:
			err = l.commit(w)
		}
		if err != nil {
			return err
		}
	}
	l.host.Settle()
	return l.poll()
}

// cutShort lets restarts lose the power at a write that is drawn, at most so many.
func (t *Trial) cutShort(most int) (cuts int, err error) {
	for range most {
		failed, err := t.Restart(1 + t.IntN(10+15*t.IntN(8)))
		if err != nil || !failed {
			return cuts, err
		}
		cuts++
		t.Crash()
	}
	return cuts, nil
}

// once checks the log of losers.
func (t *Trial) once(r *scheduletest.Run) error {
	if failed, err := t.Boot(0); failed || err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	h, err := readLog(t.DB)
	if err != nil {
		return err
	}
	total := 0
	for id, records := range h.by {
		if records[len(records)-1].Kind != aries.End {
			return fmt.Errorf("transaction %d has no end record after the restart", id)
		}
		if committed(records) {
			continue
		}
		n, err := h.compensated(id)
		if err != nil {
			return err
		}
		total += n
		undoing := false
		for _, x := range records {
			undoing = undoing || x.Kind == aries.Compensation && len(x.Changes) > 0
			r.Marks.Sometimes("a nested top action in undo", undoing && x.Kind == aries.Update)
		}
	}
	r.Marks.Sometimes("undone over several restarts", total > t.DB.Stats().Recovery.Undone)
	r.Say(total, len(h.all))
	r.Stats["updates compensated"] = float64(total)
	return t.Judge()
}

func committed(records []*aries.Record) bool {
	for _, x := range records {
		if x.Kind == aries.Commit {
			return true
		}
	}
	return false
}
