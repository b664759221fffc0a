package vrtest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Linearizable is the experiment that looks for anything.
var Linearizable = rsmtest.Swarm{
	System: "vr", Name: "linearizable",
	Question: `Does a store replicated by viewstamped replication keep its promises whatever happens to it? The
seed draws the group (3 to 5 replicas and up to 2 spares), all knobs, a workload of reads at several
levels, writes and swaps, reconfigurations and changes of primary, and a swarm of faults: loss, delay,
partitions, crashes aimed at the moments around an fsync, power loss, pauses, slow and broken disks, wrong
clocks. No view may have two primaries, no two replicas may execute different operations at an op-number;
in the end everything heals, the group must agree, and the history must be linearizable.`,
	Canon: []string{
		"vr.normal.primary-copy", "vr.viewchange.state-from-quorum",
		"rsm.viewchange.quorum-intersection", "rsm.approach.elect-replicate-execute",
	},
	Sometimes: []string{
		"three leaders or more", "checkpoint installed", "membership changed", "operation of unknown outcome",
		"leader stepped down without a quorum",
	},
	Engine: func(k *sim.Knobs, _ *rsmtest.Trial) func([]node.Addr) rsm.Engine { return engine(draw(k)) },
}.Register()

// engine makes replicas with the given knobs.
func engine(cfg vr.Config) func([]node.Addr) rsm.Engine {
	return func(members []node.Addr) rsm.Engine {
		cfg := cfg
		cfg.Members = members
		return vr.New(cfg)
	}
}

// draw draws the protocol's own knobs: a rule may only matter with a message that
// carries one entry, or a log that is cut after every other.
func draw(k *sim.Knobs) vr.Config {
	c := vr.Config{
		ViewTimeout:          k.Duration("view-timeout", 30*time.Millisecond, 500*time.Millisecond),
		NoLease:              k.Chance("no-lease", 0.4),
		MaxInflight:          k.Int("max-inflight", 1, 64),
		MaxEntriesPerMessage: k.Int("max-entries", 1, 64),
		MaxBatchBytes:        int64(k.Int("max-batch-bytes", 1, 1<<16)),
		CheckpointThreshold:  int64(sim.Choose(k, "checkpoint-threshold", 600, 3_000, 20_000, 64<<20)),
		KeepBytes:            int64(k.Int("keep-bytes", 1, 2000)),
		CheckpointChunk:      k.Int("checkpoint-chunk", 16, 4096),
	}
	c.HeartbeatInterval = c.ViewTimeout / time.Duration(k.Int("heartbeats", 3, 10))
	return c
}
