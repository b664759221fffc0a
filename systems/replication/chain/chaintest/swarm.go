package chaintest

import (
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Linearizable is the experiment that looks for anything.
var Linearizable = rsmtest.Swarm{
	System: "chain", Name: "linearizable",
	Question: `Does a store replicated along a chain keep its promises whatever happens to its replicas? The seed draws
3 to 5 replicas and up to 2 that join later, all knobs, a workload of reads at several levels, writes and swaps, and
a swarm of faults: loss, delay, partitions, crashes aimed at the moments around an fsync, power loss of all hosts,
pauses, slow and full disks, wrong clocks. The hosts of the configuration service, which runs on Raft, are spared
what names hosts. After every event each replica's history must begin with that of the one behind it, and hold
beyond what it knows to be committed only what it has sent on; in the end everything heals, the chain must agree, and
the history must be linearizable.`,
	Canon: []string{"chain.write.head-to-tail", "chain.read.at-tail", "chain.failure.reconfigure"},
	Sometimes: []string{
		"three leaders or more", "checkpoint installed", "operation of unknown outcome", "replica removed", "tail handed over",
	},
	Engine: func(k *sim.Knobs, t *rsmtest.Trial) func([]node.Addr) rsm.Engine {
		c := draw(k)
		beheaded(k, t, c.LeaseLength)
		into(t, c)
		return t.Config.Engine
	},
}.Register()

// Apportioned is the same with reads at every replica.
var Apportioned = rsmtest.Swarm{
	System: "craq", Name: "linearizable",
	Question: `Does a chain stay linearizable whose replicas all answer reads? As chain/linearizable, with apportioned
queries: a replica answers for a clean object by itself, and asks the tail which versions of a dirty one are
committed. Clients read at all replicas, those that are removed without knowing it included.`,
	Canon: []string{"craq.read.any-replica", "craq.versions.dirty-until-acked", "craq.read.version-query-to-tail"},
	Sometimes: []string{
		"three leaders or more", "checkpoint installed", "operation of unknown outcome", "replica removed", "tail handed over",
		"versions asked of the tail",
	},
	Engine: func(k *sim.Knobs, t *rsmtest.Trial) func([]node.Addr) rsm.Engine {
		c := craq(draw(k))
		beheaded(k, t, c.LeaseLength)
		into(t, c)
		return t.Config.Engine
	},
}.Register()

// beheaded adds, in half of the runs, that heads are cut off or stand still when they
// have begun, until they have been removed: a swarm's faults seldom meet two heads in
// a row, or last as long as a lease. The configuration service has leaders, too, and
// is spared.
func beheaded(k *sim.Knobs, t *rsmtest.Trial, lease time.Duration) {
	if k.Chance("beheaded", 0.5) {
		t.Faults("from 0s to %v on note \"lead\" of %s with %.2f for %v %s", t.Duration*4/5, strings.Join(t.Hosts(), ","),
			sim.Choose(k, "behead", 0.5, 0.9), lease*time.Duration(k.Int("leases away", 3, 6)),
			sim.Choose(k, "how", "partition isolate it", "pause it"))
	}
}
