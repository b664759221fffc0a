// Package lab is the registry of all experiments: whoever imports it has every
// system's. Harnesses register themselves when they are initialised, and what
// an experiment is stands in kernel/experiment, so no arrow runs upwards; a new
// system adds its harness to the imports below and is known to `parley check`,
// to the knock-out tool and to the ledger.
package lab

import (
	"github.com/parleysystems/parley/kernel/experiment"

	_ "github.com/parleysystems/parley/kernel/check/checktest"
	_ "github.com/parleysystems/parley/kernel/check/isolation/isolationtest"
	_ "github.com/parleysystems/parley/systems/commit/twophase/twophasetest"
	_ "github.com/parleysystems/parley/systems/consensus/flp/flptest"
	_ "github.com/parleysystems/parley/systems/consensus/multipaxos/multipaxostest"
	_ "github.com/parleysystems/parley/systems/consensus/paxos/paxostest"
	_ "github.com/parleysystems/parley/systems/consensus/pbft/pbfttest"
	_ "github.com/parleysystems/parley/systems/consensus/raft/rafttest"
	_ "github.com/parleysystems/parley/systems/consensus/vr/vrtest"
	_ "github.com/parleysystems/parley/systems/dataflow/checkpoint/checkpointtest"
	_ "github.com/parleysystems/parley/systems/dataflow/mapreduce/mapreducetest"
	_ "github.com/parleysystems/parley/systems/order/clocktest"
	_ "github.com/parleysystems/parley/systems/order/multicast/multicasttest"
	_ "github.com/parleysystems/parley/systems/order/physical/physicaltest"
	_ "github.com/parleysystems/parley/systems/order/snapshot/snapshottest"
	_ "github.com/parleysystems/parley/systems/remote/rpc/rpctest"
	_ "github.com/parleysystems/parley/systems/replication/chain/chaintest"
	_ "github.com/parleysystems/parley/systems/replication/primarybackup/primarybackuptest"
	_ "github.com/parleysystems/parley/systems/replication/quorum/quorumtest"
	_ "github.com/parleysystems/parley/systems/stores/kv/kvtest"
	_ "github.com/parleysystems/parley/systems/txn/engine/enginetest"
	_ "github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	_ "github.com/parleysystems/parley/systems/txn/schemetest"
)

// Experiments returns all experiments, sorted by ID.
func Experiments() []*experiment.Experiment { return experiment.All() }

// ByItem maps each item of the canon to the IDs of the experiments that verify
// it.
func ByItem() map[string][]string {
	by := map[string][]string{}
	for _, e := range Experiments() {
		for _, id := range e.Canon {
			by[id] = append(by[id], e.ID())
		}
	}
	return by
}
