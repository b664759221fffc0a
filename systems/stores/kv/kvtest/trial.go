package kvtest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// trial is one run: everybody at work under faults for a while, then healing,
// agreement, and judgement.
type trial struct {
	seed     uint64
	options  experiment.Options
	params   map[string]string
	config   Options
	load     Load
	plan     sim.Plan
	duration time.Duration

	tenants, lockers, watches int
	restless                  float64       // see subscriber
	compact                   time.Duration // between compactions; 0 for none
	lag                       int           // see operator

	group       *Group
	clients     *clients
	holders     *holders
	subscribers *subscribers
	operator    *operator
	model       *model
	marks       experiment.Marks
}

const (
	slice      = 100 * time.Millisecond // between two looks at the caller
	agreeLimit = 60 * time.Second
)

// Reasons for no verdict.
var (
	errCut  = errors.New("the caller ended the run")
	errPlan = errors.New("the plan does not fit the group")
)

func run(t *trial) experiment.Result {
	if t.options.Plan != nil {
		var err error
		if t.plan, err = sim.Parse(*t.options.Plan); err != nil {
			return experiment.Result{Violation: err.Error()}
		}
	}
	t.options.Drawn(t.plan.String(), t.params)
	t.options.World(&t.config.Sim)
	if t.options.Trace != nil {
		t.config.Sim.Observer = t.options.Trace
	}
	t.group = New(t.seed, t.config)
	defer t.group.World.Close()
	err := t.perform()
	r := t.result()
	switch {
	case errors.Is(err, errCut), errors.Is(err, errPlan):
		r.Verdict, r.Violation = check.Unknown, err.Error()
	case err != nil:
		r.Verdict, r.Violation, r.At = check.Violation, err.Error(), t.group.World.Now()
	default:
		r.Verdict = check.OK
	}
	return r
}

func (t *trial) perform() error {
	t.start()
	if err := t.group.World.Apply(t.plan); err != nil {
		return fmt.Errorf("%w: %w", errPlan, err)
	}
	for left := t.duration; left > 0; left -= slice {
		if ctx := t.options.Context; ctx != nil && ctx.Err() != nil {
			return errCut
		}
		t.group.World.Run(min(left, slice))
		if err := t.broken(); err != nil {
			return err
		}
	}
	t.clients.stopped, t.holders.stopped, t.operator.over = true, true, true
	t.group.World.Heal()
	if err := t.agree(); err != nil {
		return err
	}
	return t.judge()
}

func (t *trial) start() {
	g := t.group
	t.clients = g.startClients(t.seed, t.load)
	t.holders = &holders{group: g}
	cfg := rsm.ClientConfig{Timeout: t.load.Patience, RetryAfter: t.load.Retry}
	for i := range t.tenants {
		t.holders.start(t.seed, 0, i, cfg, (*leased).tenancy)
	}
	for i := range t.lockers {
		t.holders.start(t.seed, 1, i, cfg, (*leased).locking)
	}
	t.subscribers = g.subscribe(t.seed, t.watches, t.restless)
	t.operator = g.operate(t.seed, t.compact, t.lag)
}

// broken tells what has shown already.
func (t *trial) broken() error {
	for _, v := range []string{t.group.Record.violation, t.holders.violation, t.subscribers.violation} {
		if v != "" {
			return errors.New(v)
		}
	}
	return nil
}

// agree waits until all clients are through, all leases have run out, all
// replicas are equal, and all watches have caught up.
func (t *trial) agree() error {
	w := t.group.World
	if err := w.Converge(t.quiet, agreeLimit); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	if err := w.Converge(t.freed, freeLimit); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	settled := func() error {
		if err := t.group.converged(); err != nil {
			return err
		}
		return t.subscribers.caughtUp(t.group.member(t.group.leader()).store.Revision())
	}
	if err := w.Converge(settled, agreeLimit); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	return t.broken()
}

func (t *trial) quiet() error {
	switch {
	case t.broken() != nil:
		return nil
	case t.clients.active > 0:
		return fmt.Errorf("%d clients are at work", t.clients.active)
	case t.holders.active > 0:
		return fmt.Errorf("%d holders of leases are at work", t.holders.active)
	}
	return t.group.converged()
}

// freeLimit is how long after that the last lease may live: the longest full time
// once more, as under a new leader, and two proposals.
const freeLimit = 4*time.Second + 2*8*time.Second

// freed demands that the leases that nobody renews any more are gone.
func (t *trial) freed() error {
	l := t.group.leader()
	if l == "" {
		return errors.New("nobody leads")
	}
	if n := t.group.member(l).store.Query(statusQuestion); leasesOf(n) > 0 {
		return fmt.Errorf("%d leases that nobody renews are still there", leasesOf(n))
	}
	return nil
}
