package pbfttest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Linearizable runs the engine as all engines of package rsm are run: replicas that
// crash and tell no lie, with keys by introduction.
var Linearizable = rsmtest.Swarm{
	System: "pbft", Name: "linearizable",
	Question: `Does a store replicated by PBFT, as an engine of package rsm, keep its promises under the faults that
the other engines are put to? The seed draws the group (3 to 5 replicas; f is 0 or 1), all knobs, a workload of reads, writes and
swaps, and a swarm of faults: loss, delay, partitions, crashes aimed at the moments around an fsync, power loss of all,
pauses, slow and broken disks, wrong clocks. No view may have two primaries, no two replicas may execute different
operations at an index, none twice; in the end everything heals, the group must agree, and the history must be
linearizable.`,
	Canon:     []string{"pbft.smr.same-requests-same-order", "pbft.view.primary-rotation"},
	Sometimes: []string{"three leaders or more", "checkpoint installed", "operation of unknown outcome"},
	Engine: func(k *sim.Knobs, t *rsmtest.Trial) func([]node.Addr) rsm.Engine {
		t.Config.Spare = nil
		cfg := draw(k)
		cfg.PageSize = k.Int("page", 16, 4096)
		cfg.CheckpointInterval = sim.Choose(k, "interval", 2, 16, 128)
		cfg.Window = cfg.CheckpointInterval * k.Int("windows", 1, 4)
		cfg.KeyLifetime = time.Minute
		return func(members []node.Addr) rsm.Engine {
			cfg := cfg
			cfg.Members = members
			return pbft.New(cfg)
		}
	},
}.Register()
