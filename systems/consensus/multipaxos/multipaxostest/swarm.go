package multipaxostest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/multipaxos"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Linearizable is the experiment that looks for anything.
var Linearizable = rsmtest.Swarm{
	System: "multipaxos", Name: "linearizable",
	Question: `Does a store replicated by Multi-Paxos keep its promises whatever happens to it? The seed draws the
group (3 to 5 acceptors and up to 2 spares), all knobs, among them how many slots may be open, a workload of
reads at several levels, writes and swaps, changes of acceptors and of leader, and a swarm of faults: loss,
delay, partitions, crashes aimed at the moments around an fsync, power loss, pauses, slow and broken disks,
wrong clocks. In no slot may two values be chosen, nor two replicas hold a lease at once; in the end everything
heals, the group must agree, and the history must be linearizable.`,
	Canon: []string{
		"multipaxos.leader.election-and-liveness", "multipaxos.lease.new-leader-waits",
		"multipaxos.claim.more-than-one-leader",
	},
	Sometimes: []string{
		"three leaders or more", "checkpoint installed", "membership changed", "operation of unknown outcome",
		"leader stepped down without a quorum",
	},
	Engine: func(k *sim.Knobs, t *rsmtest.Trial) func([]node.Addr) rsm.Engine {
		c := draw(k)
		t.Config.Watch = oneHolder(t)
		return engine(c)
	},
}.Register()

// engine makes replicas with the given knobs.
func engine(cfg multipaxos.Config) func([]node.Addr) rsm.Engine {
	return func(members []node.Addr) rsm.Engine {
		cfg := cfg
		cfg.Members = members
		return multipaxos.New(cfg)
	}
}

// draw draws the protocol's own knobs: a rule may only matter with a message that
// carries one value, or with one open slot.
func draw(k *sim.Knobs) multipaxos.Config {
	c := multipaxos.Config{
		Alpha:               sim.Choose(k, "alpha", 1, 2, 8, 64, 256),
		Timeout:             k.Duration("timeout-T", 30*time.Millisecond, 500*time.Millisecond),
		NoLease:             k.Chance("no-lease", 0.3),
		MaxInflight:         k.Int("max-inflight", 1, 64),
		MaxInflightBytes:    int64(k.Int("max-inflight-bytes", 1, 1<<16)),
		MaxValuesPerMessage: k.Int("max-values", 1, 64),
		MaxBatchBytes:       int64(k.Int("max-batch-bytes", 1, 1<<16)),
		CheckpointThreshold: int64(sim.Choose(k, "checkpoint-threshold", 600, 3_000, 20_000, 64<<20)),
		KeepBytes:           int64(k.Int("keep-bytes", 1, 2000)),
		CheckpointChunk:     k.Int("checkpoint-chunk", 16, 4096),
	}
	c.HeartbeatInterval = c.Timeout / time.Duration(k.Int("heartbeats", 3, 10))
	return c
}

// oneHolder watches that no two replicas hold a lease at one time.
func oneHolder(t *rsmtest.Trial) func(node.Addr, rsm.Engine) error {
	var last node.Addr
	return func(a node.Addr, e rsm.Engine) error {
		if !e.HoldsLease() {
			if last == a {
				last = ""
			}
			return nil
		}
		if last != "" && last != a {
			if r := t.Cluster.Replica(last.Host()); r != nil && r.Engine().HoldsLease() {
				return fmt.Errorf("two acting leaders: %s and %s hold a lease", last, a)
			}
		}
		last = a
		return nil
	}
}
