package chaintest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/chain"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// The configuration service's places: hosts of their own, which no fault names.
var masterHosts = []string{"m0", "m1", "m2"}

const masterService = "configuration"

func masters() (all []node.Addr) {
	for _, h := range masterHosts {
		all = append(all, node.Join(h, masterService))
	}
	return all
}

// quick is a chain that removes who is silent for 100 milliseconds.
func quick() chain.Config {
	c := chain.Config{LeaseLength: 100 * time.Millisecond}
	c.Resend = 20 * time.Millisecond
	return c
}

// craq is a chain whose replicas all answer reads, of a ledger.
func craq(c chain.Config) chain.Config {
	c.Apportioned, c.Objects = true, rsmtest.ObjectsOf
	return c
}

// into makes a trial's replicas a chain, with a configuration service beside them.
func into(t *rsmtest.Trial, c chain.Config) *order {
	seen := &order{replicas: map[node.Addr]*chain.Replica{}, decided: map[chain.Epoch]*chain.Configuration{}}
	c.Masters = masters()
	t.Config.Engine = func([]node.Addr) rsm.Engine { return chain.New(c) }
	t.Config.Watch = seen.watch
	script := t.Script
	t.Script = func(t *rsmtest.Trial) error {
		serveMasters(t.Cluster.World, t.Config.Hosts, c.LeaseLength)
		if script != nil {
			return script(t)
		}
		return nil
	}
	judge := t.Judge
	t.Judge = func(t *rsmtest.Trial) error {
		t.Marks.Sometimes("replica removed", t.Notes.Counts["remove"] > 0)
		t.Marks.Sometimes("tail handed over", t.Notes.Counts["hand over"] > 0)
		t.Marks.Sometimes("versions asked of the tail", t.Notes.Counts["send chain.Version"] > 0)
		if err := whole(t); err != nil {
			return err
		}
		if judge != nil {
			return judge(t)
		}
		return nil
	}
	return seen
}

// whole demands of a chain at rest that whoever was removed, and lives, comes back to
// it (CR §3.2): one after the other is brought up to date and becomes its tail.
func whole(t *rsmtest.Trial) error {
	all := t.Hosts()
	is := func() bool {
		for _, h := range all {
			r := t.Cluster.Replica(h)
			if r == nil {
				return false
			}
			if c := r.Engine().(*chain.Replica).Configuration(); len(c.Chain) != len(all) || c.Joining != "" {
				return false
			}
		}
		return true
	}
	if t.Cluster.World.RunUntil(func() bool { return is() || t.Broken() != nil }, time.Minute) {
		return t.Broken()
	}
	return fmt.Errorf("liveness: a minute after all faults not all of %v stand in the chain: %v", all, t.Cluster.Replica(all[0]).Engine().(*chain.Replica).Configuration())
}

func serveMasters(w *sim.World, founders []string, lease time.Duration) {
	var chained []node.Addr
	for _, h := range founders {
		chained = append(chained, node.Join(h, rsmtest.Service))
	}
	for _, h := range masterHosts {
		w.Host(h).Serve(masterService, func() node.Node {
			engine := raft.New(raft.Config{Members: masters(), ElectionTimeout: 50 * time.Millisecond, HeartbeatInterval: 10 * time.Millisecond})
			return chain.NewMaster(engine, chain.MasterConfig{Founders: chained, LeaseLength: lease})
		})
	}
}

// order keeps the invariants of package chain over all replicas at once.
type order struct {
	replicas map[node.Addr]*chain.Replica
	decided  map[chain.Epoch]*chain.Configuration
}

func (o *order) watch(a node.Addr, e rsm.Engine) error {
	r := e.(*chain.Replica)
	o.replicas[a] = r
	c := r.Configuration()
	if c.Epoch == 0 {
		return nil
	}
	if err := o.decide(a, c); err != nil {
		return err
	}
	for i, b := range c.Chain {
		if b == a && i+1 < len(c.Chain) {
			return o.propagation(a, r, c.Chain[i+1], c)
		}
	}
	return nil
}

// decide keeps I4: one configuration an epoch.
func (o *order) decide(a node.Addr, c *chain.Configuration) error {
	old := o.decided[c.Epoch]
	if old == nil {
		o.decided[c.Epoch] = c
		return nil
	}
	if old != c && old.String() != c.String() {
		return fmt.Errorf("configurations: %s has %v, another replica %v", a, c, old)
	}
	return nil
}

// propagation keeps I1 and I2: in one configuration, once the one behind has fitted
// its history, it is a beginning of the other's, and what the other knows to be
// committed is in it.
func (o *order) propagation(a node.Addr, r *chain.Replica, b node.Addr, c *chain.Configuration) error {
	behind := o.replicas[b]
	if behind == nil || behind.Configuration().Epoch != c.Epoch || behind.Fitted() != c.Epoch {
		return nil
	}
	if behind.Last() > r.Last() {
		return fmt.Errorf("update propagation: %s holds %d, and %s before it %d, in epoch %d", b, behind.Last(), a, r.Last(), c.Epoch)
	}
	if r.Committed() > behind.Last() {
		return fmt.Errorf("inprocess requests: %s knows %d to be committed, and %s behind it holds %d, in epoch %d", a, r.Committed(), b, behind.Last(), c.Epoch)
	}
	base, entries := r.History()
	other, theirs := behind.History()
	// Where two histories have an entry of one epoch, they are equal up to there.
	if i := behind.Last(); i > max(base, other) && entries[i-base-1].Epoch != theirs[i-other-1].Epoch {
		return fmt.Errorf("update propagation: %s and %s differ at %d in epoch %d", a, b, i, c.Epoch)
	}
	return nil
}

// draw draws the knobs.
func draw(k *sim.Knobs) chain.Config {
	c := chain.Config{LeaseLength: k.Duration("lease-length", 60*time.Millisecond, 600*time.Millisecond)}
	c.MaxInflight = k.Int("max-inflight", 1, 64)
	c.MaxEntriesPerMessage = k.Int("max-entries", 1, 64)
	c.MaxBatchBytes = int64(k.Int("max-batch-bytes", 1, 1<<16))
	c.Resend = k.Duration("resend", 10*time.Millisecond, 200*time.Millisecond)
	c.CheckpointThreshold = int64(sim.Choose(k, "checkpoint-threshold", 600, 3_000, 20_000, 64<<20))
	c.KeepBytes = int64(k.Int("keep-bytes", 1, 2000))
	c.CheckpointChunk = k.Int("checkpoint-chunk", 16, 4096)
	c.Whole = k.Chance("whole", 0.2)
	return c
}
