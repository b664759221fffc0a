package enginetest

import (
	"fmt"
	"math/rand/v2"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/engine/btree"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Knobs are what a seed draws of a run: the engine's own, and the load's.
type Knobs struct {
	Options engine.Options
	LogBatch
	Keys   int // how many there are
	Long   int // one value in so many goes into a chain
	Units  int // open at a time, at most
	Pace   int // steps of the host between two of the load, at most
	Prefix string
}

// LogBatch is the most bytes of a batch of the log.
type LogBatch int

// Draw draws the knobs of a run.
func Draw(r *rand.Rand) Knobs {
	k := Knobs{
		Keys: 8 << r.IntN(5), Long: 3 + r.IntN(20), Units: 1 + r.IntN(4), Pace: 1 + r.IntN(8),
		LogBatch: LogBatch([]int{1, 1, 300, 256 << 10}[r.IntN(4)]),
	}
	if r.IntN(3) == 0 {
		k.Prefix = "a-long-prefix-that-all-keys-share/"
	}
	k.Options = engine.Options{
		PageSize: 512 << r.IntN(2), Checkpoint: 20 + r.IntN(200),
		Batch: 1 + r.IntN(12), Backlog: 2000 << r.IntN(5),
	}
	k.Options.Memory = int64(k.Options.PageSize) * int64(64+r.IntN(100))
	k.Options.Versions = 1000 << r.IntN(6)
	return k
}

// Key draws a key.
func (k Knobs) Key(r *rand.Rand) string { return fmt.Sprintf("%s%04d", k.Prefix, r.IntN(k.Keys)) }

// Length draws the length of a value.
func (k Knobs) Length(r *rand.Rand, d *engine.Database) int {
	if r.IntN(k.Long) == 0 {
		return 200 + r.IntN(1500)
	}
	return r.IntN(70)
}

// Trial is the life of one database, through crashes.
type Trial struct {
	*rand.Rand
	Knobs  Knobs
	Device *disk.Faulty
	Host   *Host
	DB     *engine.Database
	Model  *Model
	Marks  func(name string, reached bool)
	// Crashed counts losses of power, InRestart those of them during a restart.
	Crashed, InRestart int
}

// NewTrial returns a trial with an empty disk.
func NewTrial(r *rand.Rand, k Knobs, marks func(string, bool)) *Trial {
	return &Trial{Rand: r, Knobs: k, Device: disk.NewUnshared(), Model: NewModel(State{}), Marks: marks}
}

// guarded runs f and tells whether the power failed.
func guarded(f func() error) (failed bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			if _, power := p.(PowerLoss); !power {
				panic(p)
			}
			failed = true
		}
	}()
	return false, f()
}

// Boot opens the database, with the power failing at that write or sync.
func (t *Trial) Boot(crashAt int) (failed bool, err error) {
	return guarded(func() (err error) {
		t.DB = nil
		t.Host = &Host{Rand: t.Rand, Device: t.Device, Batch: int(t.Knobs.LogBatch), CrashAt: crashAt}
		if err = t.Host.boot(); err != nil {
			return err
		}
		t.Host.OnWrite = t.watch
		over := false
		o := t.Knobs.Options
		o.Halt = func(e error) { err = e }
		engine.Open(t.Host, o, func(d *engine.Database, e error) { t.DB, err, over = d, e, true })
		t.Host.OnFail = func(e error) {
			if t.DB != nil {
				t.DB.Fail(e)
			}
			err = e
		}
		for !over && err == nil {
			if !t.Host.Step() {
				return fmt.Errorf("opening the database neither ends nor goes on")
			}
		}
		return err
	})
}

// Restart is Boot, and then lets everything go on that the restart has begun, with
// the power still failing: what undo has logged is on its way to the disk.
func (t *Trial) Restart(crashAt int) (failed bool, err error) {
	failed, err = t.Boot(crashAt)
	if failed || err != nil || crashAt == 0 {
		return failed, err
	}
	return guarded(func() error {
		t.Host.Settle()
		return nil
	})
}

// Run lets a load do that many steps, until the power fails or not.
func (t *Trial) Run(steps int) (failed bool, err error) {
	l := t.load()
	return guarded(func() error {
		for range steps {
			if err := l.Step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// Crash is what the loss of power does to the disk. In one case of four only the
// process ends, and the system's cache lives on.
func (t *Trial) Crash() {
	if t.IntN(4) > 0 {
		t.cutPower()
		return
	}
	t.Crashed++
	t.Device.Kill()
}

// cutPower loses the power, and with it any part of what was not synced.
func (t *Trial) cutPower() {
	t.Crashed++
	t.Device.Crash(t.Rand)
}

// Recover boots until the database is open, and judges what it holds. While again
// is above 0, the power may fail once more, as often at most.
func (t *Trial) Recover(again int) error {
	for {
		at := 0
		if again > 0 {
			at = 1 + t.IntN(60)
		}
		failed, err := t.Restart(at)
		if err != nil {
			return fmt.Errorf("restart: %w", err)
		}
		if !failed {
			t.Host.CrashAt = 0
			return t.Judge()
		}
		again--
		t.InRestart++
		t.Marks("the power failed during a restart", true)
		t.Crash()
	}
}

// Judge compares what an open database holds with the model, and verifies its
// structure. The model goes on from there.
func (t *Trial) Judge() error {
	r := t.DB.Stats().Recovery
	t.Marks("losers were undone", r.Undone > 0)
	t.Marks("changes were redone", r.Redone > 0)
	t.Marks("changes were on their page already", r.Skipped > 0)
	t.Marks("a torn page was mended", t.DB.Stats().Pool.Restored > 0)
	var got State
	err := t.await(func() (err error) {
		got, err = Dump(t.DB)
		return err
	})
	if err != nil {
		return fmt.Errorf("after the restart: %w", err)
	}
	state, err := t.Model.Recovered(got)
	if err != nil {
		return err
	}
	if err := t.await(t.DB.WriteAll); err != nil {
		return err
	}
	if err := sound(t.DB.Verify()); err != nil {
		return fmt.Errorf("after the restart: %w", err)
	}
	t.Model = NewModel(state)
	return nil
}

// sound tells what is wrong by a report, which has to count every page once.
func sound(r *btree.Report) error {
	if len(r.Damage) > 0 {
		return r.Damage[0]
	}
	if n := 1 + r.Inner + r.Leaves + r.Links + r.Free; n != r.Pages {
		return fmt.Errorf("%d pages are counted, and there are %d", n, r.Pages)
	}
	return nil
}

// await calls an operation until it does not wait, and lets the host go on.
func (t *Trial) await(operation func() error) error {
	for {
		err := operation()
		wait, ok := scheme.Waiting(err)
		if !ok {
			return err
		}
		for !wait.Fired() {
			if !t.Host.Step() {
				return fmt.Errorf("a ticket does not fire, and nothing is under way")
			}
		}
	}
}
