package rsmtest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
)

// Trial is a run in the form that most experiments share: a cluster under load
// and faults for a while, then healing, agreement, and judgement.
type Trial struct {
	Seed     uint64
	Options  experiment.Options
	Params   map[string]string
	Config   Options
	Load     Load
	Plan     Plan
	Duration time.Duration
	// Judges look at the history; nil for those of a register.
	Judges Judges
	// Script, if not nil, plays before the clients start.
	Script func(*Trial) error
	// Judge, if not nil, adds a verdict of its own in the end.
	Judge func(*Trial) error

	Cluster *Cluster
	Clients *Clients
	Notes   *Notes
	Stats   map[string]float64
	Marks   experiment.Marks
	changes int // of membership, confirmed
}

// Times of the end of a run.
const (
	slice      = 100 * time.Millisecond // between two looks at the caller
	agreeLimit = 60 * time.Second
)

// Run makes the run and judges it.
func (t *Trial) Run() (r experiment.Result) {
	if t.Options.Plan != nil {
		var err error
		if t.Plan, err = ParsePlan(*t.Options.Plan); err != nil {
			return experiment.Result{Violation: err.Error()}
		}
	}
	t.Options.Drawn(t.Plan.String(), t.Params)
	t.Notes = &Notes{Counts: map[string]int{}, to: t.Options.Trace}
	t.Stats = map[string]float64{}
	t.Options.World(&t.Config.Sim)
	t.Config.Sim.Observer = t.Notes
	t.Cluster = New(t.Seed, t.Config)
	defer t.Cluster.World.Close()
	err := t.perform()
	r = t.result()
	switch {
	case errors.Is(err, errCut), errors.Is(err, errPlan):
		r.Verdict, r.Violation = check.Unknown, err.Error()
	case err != nil:
		r.Verdict, r.Violation, r.At = check.Violation, err.Error(), t.Cluster.World.Now()
	default:
		r.Verdict = check.OK
	}
	return r
}

// Reasons for no verdict.
var (
	errCut  = errors.New("the caller ended the run")
	errPlan = errors.New("the plan does not fit the cluster")
)

// perform makes the run. An error is a violation, or a reason for no verdict.
func (t *Trial) perform() error {
	if t.Script != nil {
		if err := t.Script(t); err != nil {
			return err
		}
	}
	t.Clients = t.Cluster.Start(t.Load)
	if err := t.Cluster.Follow(t.Plan, t.confirmed); err != nil {
		return fmt.Errorf("%w: %w", errPlan, err)
	}
	if err := t.until(t.Duration); err != nil {
		return err
	}
	t.Clients.Stop()
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

// agree waits until all is quiet, and then demands that the group still works: one
// that does not recover from faults that are over is broken (J6).
func (t *Trial) agree() error {
	quiet := func() error {
		if t.Cluster.Oracle.Violation() != "" {
			return nil
		}
		if !t.Clients.Idle() {
			return fmt.Errorf("%d operations are open", t.Clients.History.Open())
		}
		return t.Cluster.Converged()
	}
	if err := t.Cluster.World.Converge(quiet, agreeLimit); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	if err := t.Broken(); err != nil {
		return err
	}
	if err := t.probe(); err != nil {
		return err
	}
	return t.Broken()
}

func (t *Trial) confirmed(c Change) {
	if len(c.Members) > 0 {
		t.changes++
	}
}

func (t *Trial) result() experiment.Result {
	w := t.Cluster.World
	r := experiment.Result{
		Hash: w.Hash(), Events: w.Events(), Elapsed: w.Now(),
		Plan: t.Plan.String(), Params: t.Params, Stats: t.Stats,
	}
	if t.Options.Trace != nil {
		r.Event = t.Notes.last
	}
	t.Marks.Sometimes("three leaders or more", t.Cluster.Oracle.Leaderships >= 3)
	t.Marks.Sometimes("checkpoint installed", t.Notes.Counts["checkpoint installed"] > 0)
	t.Marks.Sometimes("checkpoint taken", t.Notes.Counts["checkpoint"] > 0)
	t.Marks.Sometimes("membership changed", t.changes > 0)
	t.Marks.Sometimes("leader stepped down without a quorum", t.Notes.Counts["no quorum"] > 0)
	if t.Clients != nil {
		ok, failed, unknown := t.Clients.History.History().Counts()
		t.Marks.Sometimes("operation of unknown outcome", unknown > 0)
		r.Stats["ok"], r.Stats["failed"], r.Stats["unknown"] = float64(ok), float64(failed), float64(unknown)
	}
	r.Stats["leaderships"] = float64(t.Cluster.Oracle.Leaderships)
	r.Stats["lost messages"] = float64(t.Notes.Counts["drop"])
	r.Marks = t.Marks.Names()
	return r
}
