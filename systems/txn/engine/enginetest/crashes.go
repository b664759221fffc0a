package enginetest

import (
	"fmt"
	"math/rand/v2"

	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// EveryWrite loses the power at every single write and sync of a workload.
var EveryWrite = scheduletest.Question{
	System: "engine", Name: "every-write",
	Text: `Does a database survive a loss of power at any write or sync? The seed draws a short workload: units of work that
are open side by side, with puts, deletes, long values, savepoints, rollbacks, checkpoints and page writes, on pages so
small that they split and merge, and a log whose every record may be a write of its own. It is run once to count its
writes and syncs, and then again for each of them, with the power failing right there: whatever was not synced is lost in
any part, pages and batches of the log are torn. After the restart, during which the power may fail again, the database
must hold exactly what some number of commits leave, all acknowledged ones among them, and its structure must be whole. No
page may be written ahead of the log. Snapshots must show the state of their commit.`,
	Canon: []string{
		"wal.acid.atomicity", "wal.acid.durability", "wal.challenge.volatile-disk-caches", "wal.rule.log-before-page",
		"wal.rule.commit-needs-forced-log", "wal.buffer.pages", "aries.commit.protocol",
		"aries.page.pagelsn-test", "aries.memory.dirty-page-table", "aries.recovery.redo-repeats-history",
		"aries.recovery.undo-with-clr", "aries.idea.three-principles", "aries.checkpoint.fuzzy", "aries.recovery.analysis",
		"wal.policy.force", "wal.policy.steal", "wal.log.record-contents",
	},
	Sometimes: []string{
		"losers were undone", "changes were redone", "changes were on their page already", "a torn page was mended",
		"the power failed during a restart", "a partial rollback", "a rollback", "a value in a chain", "an operation waited",
		"a snapshot behind the newest commit",
	},
	Enough: 100,
	Ask: func(r *scheduletest.Run) error {
		seed, steps := r.Uint64(), 20+r.IntN(30)
		knobs := Draw(r.Rand)
		knobs.Options.Checkpoint = 10 + r.IntN(60)
		total, err := lose(r, seed, knobs, steps, 0)
		if err != nil {
			return err
		}
		for at := 1; at <= total && !r.Cut(); at++ {
			if _, err := lose(r, seed, knobs, steps, at); err != nil {
				return fmt.Errorf("power lost at write or sync %d of %d: %w", at, total, err)
			}
		}
		r.Say(total)
		return nil
	},
}.Register()

// lose makes one run of a workload with the power failing at a write or sync, 0 for
// never, and judges what is there after the restart. It returns how many there were.
func lose(r *scheduletest.Run, seed uint64, k Knobs, steps, at int) (ops int, err error) {
	t := NewTrial(rand.New(rand.NewPCG(seed, 2)), k, r.Marks.Sometimes)
	failed, err := t.Boot(at)
	if err == nil && !failed {
		_, err = t.Run(steps)
	}
	ops = t.Host.Ops
	if err != nil {
		return ops, err
	}
	t.Crash()
	return ops, t.Recover(at % 3)
}

// Lives lets a database live through many losses of power.
var Lives = scheduletest.Question{
	System: "engine", Name: "lives",
	Text: `Does a database survive a long life? The seed draws the sizes of pages, pool, batches and backlog, the rhythm of
checkpoints, keys and lengths, and a workload that goes on over six incarnations. Each ends at a write or sync that is
drawn, by a loss of power or only the end of the process, whose cache a later loss of power takes; restarts may be cut
short too. Judged as in every-write.`,
	Canon: []string{
		"wal.acid.atomicity", "wal.acid.durability", "wal.challenge.volatile-disk-caches", "wal.buffer.pages",
		"aries.checkpoint.fuzzy", "aries.recovery.analysis", "aries.memory.dirty-page-table", "wal.rule.log-before-page",
		"aries.page.pagelsn-test", "aries.recovery.undo-becomes-redo", "aries.recovery.undo-with-clr",
	},
	Sometimes: []string{
		"losers were undone", "changes were redone", "a torn page was mended", "the power failed during a restart",
		"a snapshot beside versions on the disk", "an operation waited",
	},
	Enough: 60,
	Ask: func(r *scheduletest.Run) error {
		t := NewTrial(r.Rand, Draw(r.Rand), r.Marks.Sometimes)
		for range 6 {
			if err := t.Recover(3); err != nil {
				return err
			}
			t.Host.CrashAt = t.Host.Ops + 1 + r.IntN(600)
			if _, err := t.Run(50 + r.IntN(300)); err != nil {
				return err
			}
			t.Crash()
			r.Say(t.Host.Ops)
		}
		if err := t.Recover(0); err != nil {
			return err
		}
		r.Stats["losses of power"], r.Stats["of them in a restart"] = float64(t.Crashed), float64(t.InRestart)
		return nil
	},
}.Register()
