package pbfttest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Trial is a run in the form that most experiments share: a cluster under load, liars
// and faults for a while; then the faults of the network end, but not the lies; the
// correct replicas must come to rest in one state, and still work; judgement.
type Trial struct {
	Seed     uint64
	Options  experiment.Options
	Params   map[string]string
	Config   Options
	Load     Load
	Plan     sim.Plan
	Duration time.Duration
	// Script, if not nil, plays before the clients start; Judge adds a verdict in
	// the end.
	Script func(*Trial) error
	Judge  func(*Trial) error

	Cluster *Cluster
	Notes   *rsmtest.Notes
	Stats   map[string]float64
	Marks   experiment.Marks
}

// Times of the end of a run.
const (
	slice      = 100 * time.Millisecond
	agreeLimit = 60 * time.Second
	probeLimit = 30 * time.Second
)

var errCut = errors.New("the caller ended the run")

// Run makes the run and judges it.
func (t *Trial) Run() (r experiment.Result) {
	if t.Options.Plan != nil {
		plan, err := sim.Parse(*t.Options.Plan)
		if err != nil {
			return experiment.Result{Violation: err.Error()}
		}
		t.Plan = plan
	}
	t.Options.Drawn(t.Plan.String(), t.Params)
	t.Stats = map[string]float64{}
	t.Options.World(&t.Config.Sim)
	t.Notes = rsmtest.Listen(t.Options.Trace)
	t.Config.Sim.Observer = t.Notes
	t.Cluster = build(t.Seed, t.Config, func(c *Cluster) { t.Cluster = c })
	defer t.Cluster.World.Close()
	err := t.perform()
	r = t.result()
	switch {
	case errors.Is(err, errCut):
		r.Verdict, r.Violation = check.Unknown, err.Error()
	case err != nil:
		r.Verdict, r.Violation, r.At = check.Violation, err.Error(), t.Cluster.World.Now()
	default:
		r.Verdict = check.OK
	}
	return r
}

func (t *Trial) perform() error {
	if t.Script != nil {
		if err := t.Script(t); err != nil {
			return err
		}
	}
	t.Cluster.Begin(&t.Load)
	if err := t.Cluster.World.Apply(t.Plan); err != nil {
		return fmt.Errorf("%w: the plan does not fit: %w", errCut, err)
	}
	if err := t.until(t.Duration); err != nil {
		return err
	}
	t.Load.Stop()
	t.Cluster.World.Heal()
	if err := t.agree(); err != nil {
		return err
	}
	if err := t.judgeHistory(); err != nil {
		return err
	}
	if t.Judge != nil {
		return t.Judge(t)
	}
	return nil
}

// until runs for a duration, and stops early when something is broken.
func (t *Trial) until(d time.Duration) error {
	for d > 0 && t.Cluster.Oracle.Violation() == "" {
		if ctx := t.Options.Context; ctx != nil && ctx.Err() != nil {
			return errCut
		}
		t.Cluster.World.Run(min(d, slice))
		d -= slice
	}
	return t.Broken()
}

// Broken returns what the oracle found broken, or nil.
func (t *Trial) Broken() error {
	if v := t.Cluster.Oracle.Violation(); v != "" {
		return errors.New(v)
	}
	return nil
}

// agree waits until all clients have their answers and the correct replicas are in
// one state, and then demands that an operation still works.
func (t *Trial) agree() error {
	quiet := func() error {
		if t.Cluster.Oracle.Violation() != "" {
			return nil
		}
		if !t.Load.Idle() {
			return fmt.Errorf("%d operations are open", t.Load.History.Open())
		}
		return t.Cluster.Converged()
	}
	if err := t.Cluster.World.Converge(quiet, agreeLimit); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	if err := t.Broken(); err != nil {
		return err
	}
	o := t.Cluster.Clients[0].Invoke(&rsmtest.Op{ID: Probe})
	if !t.Cluster.Await(func() bool { return o.Done }, probeLimit) || o.Err != nil {
		return fmt.Errorf("liveness: a group at rest does not execute an operation within %v: %w", probeLimit, o.Err)
	}
	return t.Broken()
}

// judgeHistory has what clients saw explained by the order of execution, and, where
// that is affordable, by a search.
func (t *Trial) judgeHistory() error {
	h := t.Load.History.History()
	if len(h) == 0 {
		return nil
	}
	order, search := rsmtest.JudgesOf(check.Register())(h, t.Cluster.Oracle.Operations())
	if order.Verdict != check.OK {
		return errors.New(order.String())
	}
	if search.Verdict == check.Violation {
		return fmt.Errorf("%v\nalthough the order of execution explains the history: a judge is wrong", search)
	}
	return nil
}

func (t *Trial) result() experiment.Result {
	w := t.Cluster.World
	r := experiment.Result{
		Hash: w.Hash(), Events: w.Events(), Elapsed: w.Now(), Plan: t.Plan.String(), Params: t.Params, Stats: t.Stats,
	}
	if t.Load.History != nil {
		ok, failed, unknown := t.Load.History.History().Counts()
		r.Stats["ok"], r.Stats["failed"], r.Stats["unknown"] = float64(ok), float64(failed), float64(unknown)
	}
	for _, note := range []string{
		"view change", "view", "checkpoint installed", "equivocation", "rolled back", "view change refused", "new view refused",
		"part refused", "recovered", "state differs",
	} {
		t.Marks.Sometimes(note, t.Notes.Counts[note] > 0)
	}
	r.Stats["view changes"] = float64(t.Notes.Counts["view change"])
	r.Marks = t.Marks.Names()
	return r
}
