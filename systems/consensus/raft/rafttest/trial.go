package rafttest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
)

// trial is a run in the form that most experiments share: a cluster under load
// and faults for a while, then healing, agreement, and judgement.
type trial struct {
	seed     uint64
	options  experiment.Options
	params   map[string]string
	config   Options
	load     Load
	plan     Plan
	duration time.Duration
	// judges look at the history; those of a register if it is the zero value.
	judges judges
	// script, if not nil, plays before the clients start.
	script func(*trial) error
	// judge, if not nil, adds a verdict of its own in the end.
	judge func(*trial) error

	cluster *Cluster
	clients *Clients
	notes   *Notes
	changes int // of membership, confirmed
	stats   map[string]float64
	marks   experiment.Marks
}

// Times of the end of a run.
const (
	slice      = 100 * time.Millisecond // between two looks at the caller
	agreeLimit = 60 * time.Second
	probeLimit = 10 * time.Second
)

func run(t *trial) (r experiment.Result) {
	if t.options.Plan != nil {
		var err error
		if t.plan, err = ParsePlan(*t.options.Plan); err != nil {
			return experiment.Result{Violation: err.Error()}
		}
	}
	t.options.Drawn(t.plan.String(), t.params)
	if t.judges.judge == nil {
		t.judges = judgesOf(check.Register())
	}
	t.notes = listen(t.options.Trace)
	t.options.World(&t.config.Sim)
	t.config.Sim.Observer = t.notes
	t.cluster = New(t.seed, t.config)
	defer t.cluster.World.Close()
	t.cluster.Oracle.Breached = func(what string) { t.notes.Violate(what, t.cluster.World.Now()) }
	err := t.perform()
	r = t.result()
	switch {
	case errors.Is(err, errCut), errors.Is(err, errPlan):
		r.Verdict, r.Violation = check.Unknown, err.Error()
	case err != nil:
		t.notes.Violate(err.Error(), t.cluster.World.Now())
		r.Verdict, r.Violation, r.At = check.Violation, err.Error(), t.notes.violated.At
		if t.options.Trace != nil {
			r.Event = t.notes.violated.ID
		}
	default:
		r.Verdict = check.OK
	}
	return r
}

// probe is the number of the command with which agree asks whether the group
// still works. No operation of a history has it.
const probe = 1 << 62

// Reasons for no verdict.
var (
	errCut  = errors.New("the caller ended the run")
	errPlan = errors.New("the plan does not fit the cluster")
)

// perform makes the run. An error is a violation, or a reason for no verdict.
func (t *trial) perform() error {
	if t.script != nil {
		if err := t.script(t); err != nil {
			return err
		}
	}
	t.clients = t.cluster.Start(t.load)
	if err := t.cluster.Follow(t.plan, t.confirmed); err != nil {
		return fmt.Errorf("%w: %w", errPlan, err)
	}
	if err := t.until(t.duration); err != nil {
		return err
	}
	t.clients.Stop()
	t.cluster.World.Heal()
	if err := t.agree(); err != nil {
		return err
	}
	if err := t.judgeHistory(); err != nil {
		return err
	}
	if t.judge != nil {
		return t.judge(t)
	}
	return nil
}

// until runs for a duration, and stops early when something is broken.
func (t *trial) until(d time.Duration) error {
	for d > 0 && t.cluster.Oracle.Violation() == "" {
		if ctx := t.options.Context; ctx != nil && ctx.Err() != nil {
			return errCut
		}
		t.cluster.World.Run(min(d, slice))
		t.cluster.Oracle.Logs(t.cluster)
		d -= slice
	}
	return t.broken()
}

func (t *trial) broken() error {
	for _, v := range []string{t.cluster.Oracle.Violation(), t.notes.Relapse} {
		if v != "" {
			return errors.New(v)
		}
	}
	return nil
}

// agree waits until all is quiet, and then demands that a command still works:
// one that does not recover from faults that are over is broken.
func (t *trial) agree() error {
	quiet := func() error {
		if t.cluster.Oracle.Violation() != "" {
			return nil
		}
		if !t.clients.Idle() {
			return fmt.Errorf("%d operations are open", t.clients.History.Open())
		}
		return t.cluster.Converged()
	}
	if err := t.cluster.World.Converge(quiet, agreeLimit); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	o := t.cluster.Propose(t.cluster.Leader(), &Op{ID: probe})
	if !t.cluster.Await(probeLimit, o) || o.Err != nil {
		return fmt.Errorf("liveness: a group at rest does not execute a command within %v: %w", probeLimit, o.Err)
	}
	t.cluster.Oracle.Logs(t.cluster)
	if err := t.roles(); err != nil {
		return err
	}
	return t.broken()
}

func (t *trial) confirmed(c Change) {
	if len(c.Members) > 0 {
		t.changes++
	}
}

func (t *trial) result() experiment.Result {
	w := t.cluster.World
	r := experiment.Result{
		Hash: w.Hash(), Events: w.Events(), Elapsed: w.Now(),
		Plan: t.plan.String(), Params: t.params, Stats: map[string]float64{},
	}
	t.marks.Sometimes("three leaders or more", len(t.notes.Elected) >= 3)
	t.marks.Sometimes("snapshot installed", t.notes.Counts["snapshot installed"] > 0)
	t.marks.Sometimes("snapshot taken", t.notes.Counts["snapshot"] > 0)
	t.marks.Sometimes("entries cut", t.notes.Counts["cut"] > 0)
	t.marks.Sometimes("membership changed", t.changes > 0)
	t.marks.Sometimes("leader stepped down without a quorum", t.notes.Counts["no quorum"] > 0)
	t.marks.Sometimes("split vote", t.notes.SplitVotes() > 0)
	if t.clients != nil {
		ok, failed, unknown := t.clients.History.History().Counts()
		t.marks.Sometimes("operation of unknown outcome", unknown > 0)
		if t.options.History != nil {
			*t.options.History = t.judges.draw(t.clients.History.History())
		}
		r.Stats["ok"], r.Stats["failed"], r.Stats["unknown"] = float64(ok), float64(failed), float64(unknown)
	}
	for name, figure := range t.stats {
		r.Stats[name] = figure
	}
	r.Stats["elections"] = float64(len(t.notes.Elected))
	r.Stats["lost messages"] = float64(t.notes.Counts["drop"])
	r.Marks = t.marks.Names()
	return r
}
