package enginetest

import (
	"bytes"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// load returns a load on the trial's database.
func (t *Trial) load() *Load {
	return &Load{Rand: t.Rand, db: t.DB, host: t.Host, model: t.Model, knobs: t.Knobs, owner: map[string]*Work{}, marks: t.Marks}
}

// Steal runs a transaction larger than memory.
var Steal = scheduletest.Question{
	System: "engine", Name: "steal",
	Text: `What do steal and no-force buy, and what do they cost? A transaction changes several times more pages than the buffer
pool has frames: it goes through, since pages with its changes are written before it ends, which a pool that does not
steal cannot do. When the power fails in its middle, undo takes all of it out again, although the data file has its
changes. A commit then waits for the log only: the writes between its call and its answer are counted, beside those
of a commit that forces its pages as well, which waits for many more. The power fails right after a commit whose pages
were not written: redo brings it back.`,
	Canon:     []string{"wal.policy.steal", "wal.policy.force", "wal.log.separate-sequential-file"},
	Sometimes: []string{"a loser larger than memory", "a winner larger than memory", "forcing pages costs more"},
	Enough:    20,
	Ask: func(r *scheduletest.Run) error {
		k := Draw(r.Rand)
		k.Options.Memory = int64(k.Options.PageSize) * 64
		k.Options.Versions = 1 << 20
		t := NewTrial(r.Rand, k, r.Marks.Sometimes)
		if err := t.Recover(0); err != nil {
			return err
		}
		wins := r.IntN(2) == 0
		failed, err := guarded(func() error { return t.large(wins) })
		if failed || err != nil {
			return err
		}
		s := t.DB.Stats()
		stolen := s.Pool.Evictions > 0 && s.Pool.Writes > 64
		r.Marks.Sometimes("a winner larger than memory", wins && stolen)
		r.Marks.Sometimes("a loser larger than memory", !wins && stolen)
		t.Crash()
		if err := t.Recover(2); err != nil {
			return err
		}
		return t.forces(r)
	},
}.Register()

// large puts more than memory holds in one unit, and commits it or not.
func (t *Trial) large(wins bool) error {
	l := t.load()
	w := &Work{unit: t.DB.Begin(), writes: Writes{}}
	value := string(bytes.Repeat([]byte("large"), 12))
	for i := range 120 * t.Knobs.Options.PageSize / 60 {
		key := fmt.Sprintf("large %06d", (i*7919)%1_000_000)
		if err := l.do(func() error { return w.unit.Put([]byte(key), []byte(value)) }); err != nil {
			return err
		}
		w.writes[key] = &value
	}
	if !wins {
		t.Host.Settle()
		return nil
	}
	n := t.Model.Called(w.writes)
	if err := l.do(w.unit.Commit); err != nil {
		return err
	}
	t.Model.Ack(n)
	return nil
}

// forces counts the writes and syncs that a commit waits for, alone and with its
// pages.
func (t *Trial) forces(r *scheduletest.Run) error {
	l := t.load()
	cost := func(force bool) (int, error) {
		w := &Work{unit: t.DB.Begin(), writes: Writes{}}
		for i := range 20 {
			key, value := fmt.Sprintf("large %06d", (i*104729)%1_000_000), "v"
			if err := l.do(func() error { return w.unit.Put([]byte(key), []byte(value)) }); err != nil {
				return 0, err
			}
			w.writes[key] = &value
		}
		t.Host.Settle()
		n := t.Model.Called(w.writes)
		before := t.Host.Ops
		if err := l.do(w.unit.Commit); err != nil {
			return 0, err
		}
		if force {
			if err := t.await(t.DB.WriteAll); err != nil {
				return 0, err
			}
		}
		t.Model.Ack(n)
		return t.Host.Ops - before, nil
	}
	if err := t.await(t.DB.WriteAll); err != nil {
		return err
	}
	with, err := cost(true)
	if err != nil {
		return err
	}
	t.Host.Settle()
	without, err := cost(false)
	if err != nil {
		return err
	}
	r.Marks.Sometimes("forcing pages costs more", with > 2*without)
	r.Stats["writes a commit waits for"], r.Stats["and with its pages forced"] = float64(without), float64(with)
	if with <= without {
		return fmt.Errorf("a commit waits for %d writes and syncs, and for %d when its pages are forced too", without, with)
	}
	r.Say(with, without)
	t.Crash()
	return t.Recover(1)
}

// Checkpoints asks what a checkpoint does, and does not.
var Checkpoints = scheduletest.Question{
	System: "engine", Name: "checkpoints",
	Text: `What does a checkpoint buy? One workload runs twice, with checkpoints rarely and often, and the power fails at its
end. Units go on while a checkpoint is taken; what is logged between its two records is not lost. It writes no page: the
count of page writes while one is taken, with nothing else due, stays the same. The restart reads the log from the last
complete one; the more often they are, the fewer records it reads.`,
	Canon:     []string{"aries.checkpoint.fuzzy", "aries.recovery.analysis", "aries.memory.dirty-page-table"},
	Sometimes: []string{"analysis is shorter"},
	Enough:    20,
	Ask: func(r *scheduletest.Run) error {
		k := Draw(r.Rand)
		var analyzed [2]int
		for i, every := range []int{1 << 30, 40} {
			k.Options.Checkpoint = every
			t := NewTrial(r.Rand, k, r.Marks.Sometimes)
			if err := t.Recover(0); err != nil {
				return err
			}
			if err := t.noPages(); err != nil {
				return err
			}
			l := t.load()
			if _, err := guarded(func() error { return l.losers(150) }); err != nil {
				return err
			}
			t.Crash()
			if err := t.Recover(0); err != nil {
				return err
			}
			analyzed[i] = t.DB.Stats().Recovery.Analyzed
		}
		r.Marks.Sometimes("analysis is shorter", analyzed[1] < analyzed[0]/2)
		r.Stats["records analyzed, no checkpoint"], r.Stats["and with them"] = float64(analyzed[0]), float64(analyzed[1])
		r.Say(analyzed)
		return nil
	},
}.Register()

// noPages takes a checkpoint while pages are dirty and none is due.
func (t *Trial) noPages() error {
	t.Host.Settle()
	l := t.load()
	w := &Work{unit: t.DB.Begin(), writes: Writes{}}
	if err := l.put(w); err != nil {
		return err
	}
	before := t.DB.Stats().Pool.Writes
	var failed error
	t.DB.Checkpoint(func(err error) { failed = err })
	for range 3 {
		if err := l.put(w); err != nil {
			return err
		}
	}
	n := t.DB.Stats().Log.Checkpoints
	for t.DB.Stats().Log.Checkpoints == n && t.Host.Step() {
	}
	if after := t.DB.Stats().Pool.Writes; after != before {
		return fmt.Errorf("a checkpoint wrote %d pages", after-before)
	}
	if failed != nil {
		return failed
	}
	return l.do(w.unit.Rollback)
}
