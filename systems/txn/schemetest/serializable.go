package schemetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Serializable asks whether strict two-phase locking keeps what it promises.
var Serializable = experiment.Register(&experiment.Experiment{
	System: "locking", Name: "serializable", Hosts: "1",
	Question: `Do transactions under two-phase locking that is kept to the end look as if one ran after the other?
Two to eight clients are tasks on a host whose database is the storage engine, or a store in memory, and
read, scan and append to a few lists, with pauses in between; some give up, some promise to write nothing, and
in some runs the host loses its power. What to do about deadlocks, the load
and its pauses are drawn. What they saw is judged to be strictly serializable, phantoms included; where scans
lock entries only, repeatable read. All come to an end.`,
	Canon: []string{
		"locking.modes.shared-exclusive", "locking.two-phase.rule", "locking.two-phase.deadlock",
		"locking.phantom.predicate-reads", "occ.vs-2pl.strict-serializable",
	},
	Sometimes: []string{
		"aborted: deadlock", "aborted: wounded", "aborted: wait-die", "aborted: no-wait",
		"aborted: timeout", "crashed at work",
		"over the engine", "over a store in memory", "scans lock entries only",
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return ordertest.Do(seed, o, ordertest.Setup{Body: locked})
	},
})

func locked(r *ordertest.Run) error {
	options := lock.Options{
		Policy:   lock.Policy(r.Knobs.Int("policy", int(lock.Detect), int(lock.Timeout))),
		Phantoms: r.Knobs.Chance("scans lock entries only", 0.2),
		Global:   r.Knobs.Chance("one lock for all", 0.1),
	}
	load := drawLoad(r)
	if options.Policy == lock.Timeout {
		load.Patience = r.Knobs.Duration("patience", 5*time.Millisecond, 50*time.Millisecond)
	}
	load.Phantoms = options.Phantoms && !options.Global
	r.Marks.Sometimes("scans lock entries only", options.Phantoms)
	level := isolation.StrictSerializable
	if load.Phantoms {
		level = isolation.RepeatableRead
	}
	return load.isolated(r, level, func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, options) })
}

func drawLoad(r *ordertest.Run) *Load {
	return &Load{
		Txns: 10 + r.Knobs.Int("transactions", 0, 20), Keys: r.Knobs.Int("keys", 2, 8),
		Accesses: r.Knobs.Int("accesses", 1, 6), Scans: r.Knobs.Int("one scan in", 2, 8),
		Pause: r.Knobs.Duration("pause", 10*time.Microsecond, 5*time.Millisecond), Updates: r.Knobs.Chance("for update", 0.3),
	}
}

// isolated runs the load under a scheme and judges what the clients saw.
func (l *Load) isolated(r *ordertest.Run, level isolation.Level, under func(scheme.Store) scheme.Scheme) error {
	t := &Trial{
		Run: r, InMemory: r.Knobs.Chance("in memory", 0.5), Clients: r.Knobs.Int("clients", 2, 8), Client: l.Client,
		Scheme: under,
	}
	if r.Knobs.Chance("crashes", 0.4) {
		t.Crashes = r.Knobs.Int("how many crashes", 1, 3)
	}
	r.Marks.Sometimes("over the engine", !t.InMemory)
	r.Marks.Sometimes("over a store in memory", t.InMemory)
	if err := t.Play(5 * time.Minute); err != nil {
		return err
	}
	if err := t.Trouble(); err != nil {
		return err
	}
	return t.judge(level)
}

// errUndecided is a history that could not be judged.
var errUndecided = errors.New("the history could not be judged")

// judge judges what the clients saw.
func (t *Trial) judge(level isolation.Level) error {
	t.Stats["transactions"] = float64(len(t.History))
	j := isolation.Judge(t.History, level, isolation.Options{})
	switch j.Verdict {
	case check.Violation:
		return fmt.Errorf("not %v: %s", level, j.Why)
	case check.Unknown:
		return fmt.Errorf("%w: %w: %s", ordertest.ErrCut, errUndecided, j.Why)
	}
	return nil
}
