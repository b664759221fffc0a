package twophasetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
)

// Transfers is the experiment that looks for anything.
var Transfers = experiment.Register(&experiment.Experiment{
	System: "twophase", Name: "transfers", Hosts: "4 to 56",
	Question: `Is money ever lost, made, or seen on its way, and is a client ever told what is not so? Up to fifty tellers
move money between two to five banks, some of it more than there is, and some add up all accounts in one
transaction. The seed draws the variant, every timeout and bound, and a swarm of faults: messages lost, delayed,
doubled, networks split, hosts that crash at any moment, disks that are slow. Agreement, unanimity and what
clients were told are judged at every step. When all is mended every transaction ends, and every account holds what
was committed, once.`,
	Canon: []string{
		"twophase.goal.atomic-transfer", "twophase.guarantee.agreement", "twophase.log.force-before-send",
		"twophase.log.commit-point", "twophase.recovery.participant", "twophase.recovery.coordinator",
		"twophase.timeout.participant-after-vote", "twophase.protocol.unanimity", "twophase.protocol.phases",
	},
	Params: []experiment.Param{
		{Name: "duration", Kind: experiment.Duration, Doc: "time under faults; 1 to 10 s if not set", Shrink: true},
		{Name: "tellers", Kind: experiment.Int, Doc: "clients; 1 to 50 if not set", Shrink: true, Least: 1},
		{Name: "transactions", Kind: experiment.Int, Doc: "of each teller; 1 to 40 if not set", Shrink: true, Least: 1},
		{Name: "variant", Kind: experiment.Int, Doc: "0 presumed abort, 1 presumed commit, 2 basic; drawn if not set"},
	},
	Sometimes: []string{
		"transfer committed", "transfer aborted", "outcome unknown", "all accounts added up",
		"in doubt after a restart", "settled by a peer", "an overdraft",
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k, set := sim.NewKnobs(seed), o.Settings()
		r := &run{seed: seed, options: o, knobs: k, params: set}
		r.duration = set.Duration("duration", k.Duration("duration", time.Second, 10*time.Second).Round(time.Millisecond))
		r.banks = k.Int("banks", 2, 5)
		r.tellers = set.Int("tellers", k.Int("tellers", 1, 50))
		r.each = set.Int("transactions", k.Int("transactions", 1, 40))
		r.cfg = drawConfig(k, set)
		r.plan = sim.Swarm(seed, append([]string{coordinatorHost}, bankNames[:r.banks]...), r.duration)
		r.coordinate = alone(r.cfg)
		return r.make()
	},
})

func drawConfig(k *sim.Knobs, set *experiment.Settings) twophase.Config {
	return twophase.Config{
		Variant:      twophase.Variant(set.Int("variant", k.Int("variant", 0, 2))),
		VoteTimeout:  k.Duration("vote-timeout", 5*time.Millisecond, 2*time.Second),
		ResendAfter:  k.Duration("resend", 5*time.Millisecond, time.Second),
		DoubtTimeout: k.Duration("doubt", 5*time.Millisecond, 2*time.Second),
		IdleTimeout:  k.Duration("idle", 50*time.Millisecond, 5*time.Second),
		Reprepare:    k.Chance("reprepare", 0.3),
		MaxActive:    k.Int("max-active", 2, 100),
		MaxSpan:      k.Int("max-span", 4, 1000),
		KeepOutcomes: k.Int("keep", 1, 100),
		Checkpoint:   k.Int("checkpoint", 2, 500),
	}
}

// run is a run of a cluster under load and faults, that heals in the end.
type run struct {
	seed                 uint64
	options              experiment.Options
	knobs                *sim.Knobs
	params               *experiment.Settings
	duration             time.Duration
	banks, tellers, each int
	cfg                  twophase.Config
	plan                 sim.Plan
	coordinate           func(*sim.World) []node.Addr

	cluster *Cluster
	marks   experiment.Marks
}

// errCut says that the caller ended the run.
var errCut = errors.New("the caller ended the run")

func (r *run) make() experiment.Result {
	if r.options.Plan != nil {
		plan, err := sim.Parse(*r.options.Plan)
		if err != nil {
			return experiment.Result{Violation: err.Error()}
		}
		r.plan = plan
	}
	r.options.Drawn(r.plan.String(), r.params.Used())
	k := r.knobs
	c := sim.Config{Seed: r.seed, Segment: 16 << 10, Link: sim.Link{
		Delay:   sim.LongTail(k.Duration("delay", 200*time.Microsecond, 10*time.Millisecond), 500*time.Millisecond),
		Reorder: sim.Choose(k, "reorder", 0, 0.3, 1.0),
	}}
	r.options.World(&c)
	o := newOracle(r.options.Trace)
	r.cluster = newCluster(c, o, r.banks, k.Int("accounts", 1, 30), r.cfg, r.coordinate)
	defer r.cluster.World.Close()
	r.hire()
	err := r.perform()
	return r.judge(err)
}

// hire makes the tellers.
func (r *run) hire() {
	k := r.knobs
	for i := range r.tellers {
		r.cluster.tellerAt(&teller{
			rand: rand.New(rand.NewPCG(r.seed, uint64(i))), count: r.each,
			pause: r.duration / time.Duration(r.each), audits: sim.Choose(k, "audits", 0, 0.1, 0.5),
			greed: sim.Choose[int64](k, "greed", 1, purse, 4*purse),
			cfg: twophase.ClientConfig{
				Timeout:    k.Duration("patience", 200*time.Millisecond, 8*time.Second),
				RetryAfter: k.Duration("client-retry", 10*time.Millisecond, time.Second),
			},
		})
	}
}

func (r *run) perform() error {
	if err := r.cluster.World.Apply(r.plan); err != nil {
		return fmt.Errorf("%w: %w", errCut, err)
	}
	const slice = 100 * time.Millisecond
	for left := r.duration; left > 0 && r.cluster.Oracle.err == nil; left -= slice {
		if ctx := r.options.Context; ctx != nil && ctx.Err() != nil {
			return errCut
		}
		r.cluster.World.Run(min(left, slice))
	}
	r.cluster.World.Heal()
	if err := r.cluster.World.Converge(r.cluster.quiet, wholeRun); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	if r.cluster.Oracle.err != nil {
		return r.cluster.Oracle.err
	}
	return r.cluster.balanced()
}

func (r *run) judge(err error) experiment.Result {
	w, o := r.cluster.World, r.cluster.Oracle
	out := experiment.Result{
		Verdict: check.OK, Hash: w.Hash(), Events: w.Events(), Elapsed: w.Now(),
		Plan: r.plan.String(), Params: r.params.Used(), Stats: map[string]float64{},
	}
	audited := 0
	for _, t := range r.cluster.tellers {
		out.Stats["committed"] += float64(t.committed)
		out.Stats["aborted"] += float64(t.failed)
		out.Stats["unknown"] += float64(t.unknown)
		audited += t.audited
	}
	r.marks.Sometimes("transfer committed", out.Stats["committed"] > 0)
	r.marks.Sometimes("transfer aborted", out.Stats["aborted"] > 0)
	r.marks.Sometimes("outcome unknown", out.Stats["unknown"] > 0)
	r.marks.Sometimes("all accounts added up", audited > 0)
	r.marks.Sometimes("in doubt after a restart", o.Counts["in doubt after a restart"] > 0)
	r.marks.Sometimes("settled by a peer", o.Counts["learns from a peer"] > 0)
	r.marks.Sometimes("an overdraft", o.Counts["votes no"] > 0)
	if r.cfg.Parallel {
		r.marks.Sometimes("a staged transaction was found committed", o.Counts["finds committed"] > 0)
		r.marks.Sometimes("a staged transaction was found aborted", o.Counts["finds aborted"] > 0)
	}
	out.Marks = r.marks.Names()
	switch {
	case errors.Is(err, errCut):
		out.Verdict, out.Violation = check.Unknown, err.Error()
	case err != nil:
		out.Verdict, out.Violation, out.At = check.Violation, err.Error(), w.Now()
		if r.options.Trace != nil {
			out.Event = o.last
		}
	}
	return out
}
