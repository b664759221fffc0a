package enginetest

import "github.com/parleysystems/parley/systems/txn/schedule/scheduletest"

// Long loses the power once, somewhere in a long workload.
var Long = scheduletest.Question{
	System: "engine", Name: "long",
	Text: `Does a database survive a loss of power at any moment of a long workload? Every seed is one point: the power fails
at one write or sync that is drawn from thousands. By then the log was trimmed many times, its files were used again, pages
split, merged and were reused, and memory holds a part of the database only. Judged as in every-write. A campaign over
10,000 seeds tries 10,000 points.`,
	Canon: []string{
		"wal.acid.atomicity", "wal.acid.durability", "aries.checkpoint.fuzzy", "aries.recovery.analysis",
		"wal.rule.log-before-page", "aries.memory.dirty-page-table",
	},
	Sometimes: []string{"losers were undone", "changes were redone", "a torn page was mended", "the log was trimmed"},
	Enough:    300,
	Ask: func(r *scheduletest.Run) error {
		k := Draw(r.Rand)
		k.Keys = 64 << r.IntN(4)
		t := NewTrial(r.Rand, k, r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		t.Host.CrashAt = t.Host.Ops + 1 + r.IntN(6000)
		l := t.load()
		failed, err := guarded(func() error {
			for {
				if err := l.Step(); err != nil {
					return err
				}
				t.forget(l)
			}
		})
		if !failed {
			return err
		}
		r.Say(t.Host.Ops)
		r.Stats["writes and syncs"] = float64(t.Host.Ops)
		t.Crash()
		return t.Recover(r.IntN(2))
	},
}.Register()

// forget drops the states of the model that a crash can no longer bring back, and no
// snapshot shows, so that a long life takes no more memory than a short one. They keep
// their numbers.
func (t *Trial) forget(l *Load) {
	t.Marks("the log was trimmed", t.DB.Stats().First > 1)
	end := t.Model.Acked - 100
	for _, s := range l.held {
		end = min(end, int(s.Seq()))
	}
	for i := t.Model.forgotten; i < end; i++ {
		t.Model.States[i] = nil
		t.Model.forgotten = i + 1
	}
}
