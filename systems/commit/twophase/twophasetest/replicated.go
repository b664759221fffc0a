package twophasetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/register"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// replicated serves coordinators on n hosts, each beside a replica of the register,
// on Raft.
func replicated(cfg twophase.Config, n int, r raft.Config, client rsm.ClientConfig) func(*sim.World) []node.Addr {
	return func(w *sim.World) (coordinators []node.Addr) {
		var servers []node.Addr
		for _, h := range coordinatorHosts(n) {
			servers = append(servers, node.Join(h, "register"))
			coordinators = append(coordinators, node.Join(h, "coordinator"))
		}
		r.Members = servers
		for i, h := range coordinatorHosts(n) {
			w.Host(h).Serve("register", func() node.Node {
				return rsm.New(raft.New(r), register.NewMachine(), rsm.Config{})
			})
			deputies := append(append([]node.Addr(nil), coordinators[:i]...), coordinators[i+1:]...)
			w.Host(h).Serve("coordinator", func() node.Node { return register.NewCoordinator(servers, deputies, cfg, client) })
		}
		return coordinators
	}
}

func coordinatorHosts(n int) (hosts []string) {
	for i := range n {
		hosts = append(hosts, fmt.Sprint(coordinatorHost, i+1))
	}
	return hosts
}

// Replicated is Transfers with the decisions in a replicated log.
var Replicated = experiment.Register(&experiment.Experiment{
	System: "twophase", Name: "replicated", Hosts: "6 to 30",
	Question: `Does two-phase commit keep its promises when its decisions are commands to a replicated log, and any of
three coordinators may propose one? Tellers move money between banks through three coordinators, each beside a replica
of the register, under the swarm of faults of transfers; in half of the runs transactions are committed in parallel with
the record of them, and whoever finds one asks its participants. The judges are those of transfers.`,
	Canon: []string{"twophase.guarantee.agreement", "twophase.goal.atomic-transfer"},
	Params: []experiment.Param{
		{Name: "duration", Kind: experiment.Duration, Doc: "time under faults; 1 to 10 s if not set", Shrink: true},
		{Name: "tellers", Kind: experiment.Int, Doc: "clients; 1 to 20 if not set", Shrink: true, Least: 1},
		{Name: "transactions", Kind: experiment.Int, Doc: "of each teller; 1 to 20 if not set", Shrink: true, Least: 1},
		{Name: "parallel", Kind: experiment.Int, Doc: "1: parallel commit; drawn if not set"},
		{Name: "variant", Kind: experiment.Int, Doc: "has to be 0"},
	},
	Sometimes: []string{
		"transfer committed", "transfer aborted", "outcome unknown", "in doubt after a restart",
		"a staged transaction was found committed", "a staged transaction was found aborted",
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k, set := sim.NewKnobs(seed), o.Settings()
		r := &run{seed: seed, options: o, knobs: k, params: set}
		r.duration = set.Duration("duration", k.Duration("duration", time.Second, 10*time.Second).Round(time.Millisecond))
		r.banks = k.Int("banks", 2, 4)
		r.tellers = set.Int("tellers", k.Int("tellers", 1, 20))
		r.each = set.Int("transactions", k.Int("transactions", 1, 20))
		r.cfg = drawConfig(k, set)
		r.cfg.Variant, r.cfg.Reprepare = twophase.PresumedAbort, false
		r.cfg.Parallel = set.Int("parallel", k.Int("parallel", 0, 1)) == 1
		election := k.Duration("election", 100*time.Millisecond, time.Second)
		r.coordinate = replicated(r.cfg, 3, raft.Config{ElectionTimeout: election}, rsm.ClientConfig{
			RetryAfter: k.Duration("rsm-retry", 20*time.Millisecond, time.Second),
		})
		r.plan = sim.Swarm(seed, append(coordinatorHosts(3), bankNames[:r.banks]...), r.duration)
		return r.make()
	},
})
