package twophasetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Latency compares what a coordinator that does not block costs its clients.
var Latency = script{
	name: "latency", hosts: "4 to 6",
	text: `What does a client pay for decisions that do not wait for one host, when nothing fails? Every link takes
5 ms and every sync 1 ms. A coordinator by itself answers after four trips and two syncs. On a replicated log of three,
the decision takes a trip to the leader's followers and back on top, and one to the leader and back if the coordinator
is elsewhere. In parallel with the votes it takes nothing on top where the leader is near: that is the point of it.`,
	canon: []string{"twophase.tradeoff.waits-for-reboot"},
	play: func(p *play) error {
		took := map[string]time.Duration{}
		for _, how := range []string{"alone", "replicated", "parallel"} {
			d, err := p.latency(how)
			if err != nil {
				return fmt.Errorf("%s: %w", how, err)
			}
			took[how] = d
			p.result.Stats["commit, ms, "+how] = float64(d) / float64(time.Millisecond)
		}
		return all(
			demand(took["alone"] == 4*trip+2*sync, "alone a commit takes %v, want %v", took["alone"], 4*trip+2*sync),
			demand(took["replicated"] >= took["alone"]+2*trip, "replicated it takes %v; a trip to followers and back is on top of %v", took["replicated"], took["alone"]),
			demand(took["parallel"]+2*trip <= took["replicated"], "in parallel it takes %v, not a round trip less than %v", took["parallel"], took["replicated"]))
	},
}.register()

// latency measures one commit at three banks, with the coordinator beside the leader.
func (p *play) latency(how string) (time.Duration, error) {
	cfg := twophase.Config{Parallel: how == "parallel"}
	c := p.config()
	c.Link, c.Fsync = sim.Link{Delay: sim.Constant(trip)}, sim.Constant(sync)
	coordinate := alone(cfg)
	if how != "alone" {
		coordinate = replicated(cfg, 3, raft.Config{ElectionTimeout: 200 * time.Millisecond}, rsm.ClientConfig{})
	}
	k := newCluster(c, newOracle(p.options.Trace), 3, 1, cfg, coordinate)
	defer k.World.Close()
	k.World.Run(3 * time.Second)
	if how != "alone" {
		if err := k.besideLeader(); err != nil {
			return 0, err
		}
	}
	w := &wide{k: k}
	k.World.Host(clientHost).Serve("client", func() node.Node { return w })
	if !k.World.RunUntil(func() bool { return w.heard > 0 || w.err != nil }, time.Minute) || w.err != nil {
		return 0, fmt.Errorf("no commit: %w", w.err)
	}
	if err := k.World.Converge(k.quiet, wholeRun); err != nil {
		return 0, fmt.Errorf("liveness: %w", err)
	}
	p.end(k.World)
	return w.heard - w.asked, k.Oracle.err
}

// besideLeader leaves only the coordinator on the leader's host to clients.
func (k *Cluster) besideLeader() error {
	for _, a := range k.Coordinators {
		r, up := k.World.Node(node.Join(a.Host(), "register")).(*rsm.Replica)
		if up && r.Leading() {
			k.Coordinators = []node.Addr{a}
			return nil
		}
	}
	return fmt.Errorf("nobody leads")
}
