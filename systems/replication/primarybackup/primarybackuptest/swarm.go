package primarybackuptest

import (
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Linearizable is the experiment that looks for anything.
var Linearizable = rsmtest.Swarm{
	System: "primarybackup", Name: "linearizable",
	Question: `Does a store replicated by primary-backup keep its promises whatever happens to its servers? The seed
draws 3 to 5 servers and up to 2 that start as strangers, all knobs, a workload of reads at several levels, writes
and swaps, and a swarm of faults: loss, delay, partitions, crashes aimed at the moments around an fsync, power loss
of all hosts, pauses, slow and full disks, wrong clocks. The view server's host is spared what names hosts. Views
must be numbered in order and pass from primary to backup alone; no two servers may execute different operations at
an index; in the end everything heals, the group must agree, and the history must be linearizable.`,
	Canon: []string{
		"primarybackup.goal.single-server-abstraction", "primarybackup.goal.continuous-service",
		"primarybackup.viewserver.authority", "primarybackup.view.number-in-rpcs",
		"primarybackup.order.single-orderer", "primarybackup.view.promote-only-backup",
	},
	Sometimes: []string{
		"three leaders or more", "checkpoint installed", "operation of unknown outcome", "stale primary rejected",
	},
	Engine: func(k *sim.Knobs, t *rsmtest.Trial) func([]node.Addr) rsm.Engine {
		draw(k).into(t)
		return t.Config.Engine
	},
}.Register()
