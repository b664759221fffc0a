package primarybackuptest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Limits puts the same faults to primary-backup and to a group that agrees by
// itself.
var Limits = script{
	name: "limits", hosts: 3, once: true,
	text: `What does primary-backup not survive? First its primary is cut off: the backup may not promote itself, the
view server does it, and service goes on. Then the view server dies: the pair goes on as if nothing had happened.
Then the primary dies, too: service stops for good, although the backup has everything and another server lives. Three
replicas of Raft take the loss of their leader both times: they need nobody to tell them who leads.`,
	canon: []string{"primarybackup.viewserver.assumed-reliable", "rsm.problem.primary-backup-limits"},
	play: func(g *stage) {
		g.execute(g.primary(), 5)
		cut, number := g.primary(), g.view().Number
		heal := g.world().Cut(sim.Isolate(cut))
		g.next(number + 1)
		g.execute(g.primary(), 5)
		heal()
		g.until("the old primary is a backup or spare", func() bool { return !g.server(cut).Leads() && g.acknowledged() })
		primary, backup := g.primary(), g.backup()
		g.crash(viewHost)
		g.run(time.Second)
		g.execute(primary, 5)
		g.crash(primary)
		if s := g.server(backup); g.err == nil && s.Last() < 15 {
			g.fail("the backup holds %d operations of 15", s.Last())
		}
		for _, h := range g.t.Cluster.Hosts() {
			if h != primary {
				g.stalled(h, 5*time.Second)
			}
		}
		if g.err == nil {
			g.err = raftGoesOn(g.t)
		}
	},
}.register()

// raftGoesOn cuts a leader of three off, and lets the next one crash.
func raftGoesOn(t *rsmtest.Trial) error {
	cfg := raft.Config{ElectionTimeout: 50 * time.Millisecond, HeartbeatInterval: 10 * time.Millisecond}
	world := sim.Config{Link: sim.Link{Delay: sim.Constant(oneWay)}}
	t.Options.World(&world)
	c := rsmtest.New(t.Seed, rsmtest.Options{Sim: world, Engine: func(members []node.Addr) rsm.Engine {
		cfg := cfg
		cfg.Members = members
		return raft.New(cfg)
	}})
	defer c.World.Close()
	lose := []func(string) func(){
		func(host string) func() { return c.World.Cut(sim.Isolate(host)) },
		func(host string) func() { c.World.Host(host).Crash(); return nil },
	}
	id := uint64(0)
	execute := func(without string) error {
		ok := c.World.RunUntil(func() bool { l := c.Leader(); return l != "" && l != without }, moveLimit)
		if !ok {
			return fmt.Errorf("limits: three replicas of Raft do not elect a leader without %q", without)
		}
		id++
		if o := c.Propose(c.Leader(), &rsmtest.Op{ID: id, Key: "k"}); !c.Await(moveLimit, o) || o.Err != nil {
			return fmt.Errorf("limits: three replicas of Raft do not execute a command without %q: %v", without, o.Err)
		}
		return nil
	}
	if err := execute(""); err != nil {
		return err
	}
	for _, lose := range lose {
		leader := c.Leader()
		heal := lose(leader)
		if err := execute(leader); err != nil {
			return err
		}
		if heal != nil {
			heal()
			c.World.Run(time.Second)
		}
	}
	return nil
}
