package twophasetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Staged plays the two ways in which a staged transaction can be found.
var Staged = script{
	name: "staged", hosts: "7",
	text: `What becomes of a transaction that is committed by its votes alone, and whose coordinator dies in the moment in
which it tells its client so? Nobody has a record of the decision. A participant in doubt asks another coordinator,
which finds the transaction staged and asks everybody: all say yes, and so it is committed, as the client was told. If one
of them has not voted, that one refuses when its peers ask, and it is aborted; its coordinator, when it is back, asks
them all and finds so too.`,
	canon: []string{"twophase.guarantee.agreement", "twophase.tradeoff.waits-for-reboot"},
	play: func(p *play) error {
		return all(p.staged(true), p.staged(false))
	},
}.register()

// deputies returns a cluster whose coordinators, which commit in parallel with the votes, find
// out what became of each other's transactions. Clients know only the one beside the
// leader of the log, until they are told of everybody.
func (p *play) deputies() (o *Oracle, k *Cluster, everybody []node.Addr, err error) {
	cfg := twophase.Config{DoubtTimeout: 300 * time.Millisecond, Parallel: true}
	c := p.config()
	c.Link, c.Fsync = sim.Link{Delay: sim.Constant(trip)}, sim.Constant(sync)
	o = newOracle(p.options.Trace)
	k = newCluster(c, o, 3, 1, cfg, replicated(cfg, 3, raft.Config{ElectionTimeout: 200 * time.Millisecond}, rsm.ClientConfig{RetryAfter: 200 * time.Millisecond}))
	k.World.Run(3 * time.Second)
	everybody = k.Coordinators
	if err = k.besideLeader(); err != nil {
		k.World.Close()
	}
	return o, k, everybody, err
}

// staged crashes the coordinator of a staged transaction: as it tells its client of
// the commit, or when one participant has not voted.
func (p *play) staged(unanimous bool) error {
	o, k, everybody, err := p.deputies()
	if err != nil {
		return err
	}
	defer k.World.Close()
	host := k.Coordinators[0].Host()
	die := func() { k.World.After(0, k.World.Host(host).Crash) }
	o.Hear = func(e *trace.Event) {
		if e.Kind == trace.Send && e.What == "twophase.Outcome" {
			die()
		}
	}
	client := &wide{k: k}
	k.World.Host(clientHost).Serve("client", func() node.Node { return client })
	if !unanimous {
		k.World.RunUntil(func() bool { return client.asked > 0 }, time.Second)
		k.World.Shape(host, "b", sim.Link{Delay: sim.Constant(30 * time.Second)})
		k.World.Run(100 * time.Millisecond) // staged, and two have voted
		die()
	}
	k.World.Run(10 * time.Second)
	found, want := "finds committed", twophase.Committed
	if !unanimous {
		found, want = "finds aborted", twophase.Aborted
	}
	for _, h := range k.Banks {
		if got := k.participant(h).Decision(client.tx); got != want {
			return fmt.Errorf("while its coordinator is down %s has %v, want %v", h, got, want)
		}
	}
	o.Hear = nil
	k.Coordinators = everybody
	k.World.Heal()
	if err := k.World.Converge(k.quiet, wholeRun); err != nil {
		return fmt.Errorf("liveness: %w", err)
	}
	k.World.RunUntil(func() bool { return client.heard > 0 }, time.Minute)
	p.end(k.World)
	return all(o.err, demand(o.Counts[found] > 0, "no coordinator %s the staged transaction", found),
		demand(unanimous == (client.err == nil), "the client was told %v", client.err))
}
