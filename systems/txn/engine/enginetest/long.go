package enginetest

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/systems/txn/engine/pool"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// Long loses the power at points of a long workload.
var Long = scheduletest.Question{
	System: "engine", Name: "long",
	Text: `Does a database survive a loss of power at any moment of a long workload? Every seed is ten points of one: the power
fails at a write or sync that is drawn from the next thousands, and nine times again as the workload goes on with what is
there, in three seeds of four while a batch of pages is on its way home. By then the log was trimmed many times, its files
were used again, pages split, merged and were reused, and memory holds a part of the database only. Judged as in
every-write. A campaign over 1,000 seeds tries 10,000 points.`,
	Canon: []string{
		"wal.acid.atomicity", "wal.acid.durability", "aries.checkpoint.fuzzy", "aries.recovery.analysis",
		"wal.rule.log-before-page", "aries.memory.dirty-page-table",
	},
	Sometimes: []string{"losers were undone", "changes were redone", "a torn page was mended", "the log was trimmed"},
	Enough:    40,
	Ask: func(r *scheduletest.Run) error {
		k := Draw(r.Rand)
		k.Keys = 64 << r.IntN(4)
		aimed := r.IntN(4) > 0
		if aimed { // pages that can be torn, many at a time
			k.Options.PageSize, k.Options.Memory = 2048, k.Options.Memory*2048/int64(k.Options.PageSize)
			k.Options.Batch = 4 + r.IntN(13)
		}
		t := NewTrial(r.Rand, k, r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		for n := 0; n < points && !r.Cut(); n++ {
			within := 600
			if n == 0 {
				within = 6000
			}
			if err := t.point(within, aimed); err != nil {
				return fmt.Errorf("point %d of %d: %w", n+1, points, err)
			}
			r.Say(t.Host.Ops)
			r.Stats["points"]++
		}
		return nil
	},
}.Register()

// points is how many points of its workload a seed tries.
const points = 10

// point lets the workload go on, and lose its power at one of so many writes and syncs.
func (t *Trial) point(within int, aimed bool) error {
	t.Host.CrashAt = t.Host.Ops + 1 + t.IntN(within)
	if aimed {
		t.aim()
	}
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
	if aimed {
		t.cutPower()
	} else {
		t.Crash()
	}
	return t.Recover(t.IntN(2))
}

// aim has the power fail after the moment that was drawn, while a batch of pages is
// on its way home.
func (t *Trial) aim() {
	from := t.Host.CrashAt
	t.Host.CrashAt = 2 * from // should no page be written any more
	pages := 1 + t.IntN(t.Knobs.Options.Batch)
	t.Host.OnWrite = func(file string, p []byte, offset int64) {
		t.watch(file, p, offset)
		if pages > 0 && t.Host.Ops >= from && strings.HasSuffix(file, "/"+pool.DataFile) {
			if pages--; pages == 0 {
				t.Host.CrashAt = t.Host.Ops + 1 // this write
			}
		}
	}
}

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
