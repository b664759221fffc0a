package enginetest

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// Space fills a database and empties it, again and again.
var Space = scheduletest.Question{
	System: "engine", Name: "space",
	Text: `Is space used again? A database is filled with rows, some of them long, in units of which some are rolled back, and
emptied, six times over; in one of the rounds the power fails. Once all rows are gone every page but the root is free, and the
data file never becomes much longer than the first round has made it, nor the log longer than what lies between a few
checkpoints.`,
	Canon:     []string{"wal.policy.steal", "aries.checkpoint.fuzzy"},
	Sometimes: []string{"the power failed in between", "a unit was rolled back", "the log was trimmed"},
	Enough:    30,
	Ask: func(r *scheduletest.Run) error {
		k := Draw(r.Rand)
		k.Options.Checkpoint = 100 + r.IntN(200)
		k.Options.Versions = 1 << 20
		t := NewTrial(r.Rand, k, r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		rows := make([]string, 300)
		for i := range rows {
			rows[i] = strings.Repeat("v", k.Length(r.Rand, t.DB))
		}
		first, crash := 0, 1+r.IntN(5)
		for round := range 6 {
			if round == crash {
				t.Host.CrashAt = t.Host.Ops + 1 + r.IntN(400)
			}
			failed, err := guarded(func() error { return t.fillAndEmpty(rows) })
			if failed {
				r.Marks.Sometimes("the power failed in between", true)
				t.Crash()
				if err = t.Recover(1); err == nil {
					err = t.fillAndEmpty(rows)
				}
			}
			t.Host.CrashAt = 0
			if err != nil {
				return err
			}
			pages, err := t.emptied()
			if err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
			if first == 0 {
				first = pages
			}
			if pages > first+first/3+10 {
				return fmt.Errorf("there were %d pages after the first round, and are %d after round %d", first, pages, round)
			}
			r.Say(pages)
		}
		s := t.DB.Stats()
		r.Marks.Sometimes("the log was trimmed", s.First > 1)
		if kept := int(s.Last - s.First); kept > 6*k.Options.Checkpoint+2000 {
			return fmt.Errorf("the log keeps %d records, with a checkpoint every %d", kept, k.Options.Checkpoint)
		}
		r.Stats["pages"] = float64(first)
		return nil
	},
}.Register()

// fillAndEmpty puts rows into the database, and takes them out.
func (t *Trial) fillAndEmpty(rows []string) error {
	l := t.load()
	for i := 0; i < len(rows); {
		end := min(len(rows), i+1+t.IntN(20))
		w := &Work{unit: t.DB.Begin(), writes: Writes{}}
		for n := i; n < end; n++ {
			if err := l.set(w, t.spaceKey(n), &rows[n]); err != nil {
				return err
			}
		}
		if t.IntN(8) == 0 {
			t.Marks("a unit was rolled back", true)
			if err := l.rollback(w); err != nil {
				return err
			}
			continue
		}
		if err := l.commitNow(w); err != nil {
			return err
		}
		i = end
	}
	w := &Work{unit: t.DB.Begin(), writes: Writes{}}
	for n := range rows {
		if err := l.set(w, t.spaceKey(n), nil); err != nil {
			return err
		}
		if t.IntN(20) == 0 || n == len(rows)-1 {
			if err := l.commitNow(w); err != nil {
				return err
			}
			w = &Work{unit: t.DB.Begin(), writes: Writes{}}
		}
	}
	return nil
}

func (t *Trial) spaceKey(n int) string { return fmt.Sprintf("%s%05d", t.Knobs.Prefix, n) }

// set puts or deletes a key.
func (l *Load) set(w *Work, key string, value *string) error {
	w.writes[key] = value
	return l.do(func() error {
		if value == nil {
			return w.unit.Delete([]byte(key))
		}
		return w.unit.Put([]byte(key), []byte(*value))
	})
}

// commitNow commits a unit and waits for that.
func (l *Load) commitNow(w *Work) error {
	if err := l.commit(w); err != nil {
		return err
	}
	return l.do(func() error {
		err := w.unit.Commit()
		if err == nil {
			l.model.Ack(w.number)
			l.committing = nil
		}
		return err
	})
}

// emptied sees to it that nothing is in the database, and tells how many pages it has.
func (t *Trial) emptied() (pages int, err error) {
	if err := t.await(t.DB.WriteAll); err != nil {
		return 0, err
	}
	t.Host.Settle()
	r := t.DB.Verify()
	switch {
	case len(r.Damage) > 0:
		return 0, r.Damage[0]
	case r.Entries > 0 || r.Free != r.Pages-2:
		return 0, fmt.Errorf("%d rows are there, on %d pages of which %d are free", r.Entries, r.Pages, r.Free)
	}
	return r.Pages, nil
}
