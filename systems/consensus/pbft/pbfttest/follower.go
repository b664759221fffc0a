package pbfttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Follower has clients on the host of a follower, to which one replica lies.
var Follower = rsmtest.Aim{
	System: "pbft", Name: "follower", Hosts: "4 and a follower",
	Question: `Can a client use a replicated store as if it were local, and believe no host but its own? It runs a follower, which has no vote. One of
the replicas lies to it: it claims that batches have committed which it made up, sends them, hurries ahead, gives wrong parts of the state, and shows checkpoints
that it signed alone. The follower is cut off now and then, for so long that it must fetch the state, and crashes. What it executes must be
what the replicas execute, at the same places; what its clients see must be linearizable, with reads and writes at the
replicas; and its requests must be answered.`,
	Canon:     []string{"pbft.client.matching-replies", "pbft.claim.primary-reply-suffices", "pbft.bound.3f-plus-1", "pbft.smr.same-requests-same-order"},
	Sometimes: []string{"checkpoint installed", "part refused", "lied to"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		t.Config.Hosts, t.Config.Spare = rsmtest.Names(4), []string{"e"}
		t.Config.RSM.Stranger = func(host string) bool { return host == "e" }
		t.Config.Sim.Link.Delay = sim.Uniform(100*time.Microsecond, k.Duration("delay", time.Millisecond, 8*time.Millisecond))
		t.Config.Sim.Link.Loss = sim.Choose(k, "loss", 0, 0, 0.02, 0.1)
		t.Load.Hosts, t.Load.Each, t.Load.Patience = []string{"e", "e", "b"}, 120, 4*time.Second
		cfg := draw(k)
		cfg.Worthwhile, cfg.Tentative = 1, false
		cfg.CheckpointInterval = sim.Choose(k, "interval", 4, 16)
		cfg.Window = 2 * cfg.CheckpointInterval
		group := addresses(t.Config.Hosts)
		liar := sim.Choose(k, "liar", t.Config.Hosts...)
		t.Config.Engine = func(members []node.Addr) rsm.Engine {
			cfg := cfg
			cfg.Members, cfg.Follow = group, len(members) == 0
			if cfg.Follow {
				return pbft.New(cfg)
			}
			return &deceiver{Engine: pbft.New(cfg), host: liar, trial: t}
		}
		t.Judge = func(t *rsmtest.Trial) error {
			t.Marks.Sometimes("part refused", t.Notes.Counts["part refused"] > 0)
			e, a := t.Cluster.Replica("e"), t.Cluster.Replica("a")
			same := func() bool { return e.Status().Applied == a.Status().Applied && e.Digest() == a.Digest() }
			if !t.Cluster.World.RunUntil(same, 10*time.Second) {
				return fmt.Errorf("the follower has executed %d commands, the replicas %d", e.Status().Applied, a.Status().Applied)
			}
			return nil
		}
		from := k.Duration("cut", 200*time.Millisecond, time.Second)
		t.Faults("at %v for %v partition halves e | a,b,c,d", from, from+k.Duration("cut for", 300*time.Millisecond, time.Second).Round(time.Millisecond))
		t.Faults("at %v crash e; restart after %v", k.Duration("crash", 1500*time.Millisecond, 2500*time.Millisecond), k.Duration("down", time.Millisecond, 300*time.Millisecond))
	},
}.Register()

func addresses(hosts []string) (all []node.Addr) {
	for _, h := range hosts {
		all = append(all, node.Join(h, rsmtest.Service))
	}
	return all
}

// deceiver is a replica's engine that, if it is on the liar's host, lies to the
// follower. To the other replicas it is honest.
type deceiver struct {
	*pbft.Engine
	host  string
	trial *rsmtest.Trial
}

// Start puts the lies between the engine and the network.
func (d *deceiver) Start(env node.Env, app rsm.Applier) {
	if env.Self().Host() == d.host {
		env = &aside{env, d}
	}
	d.Engine.Start(env, app)
}

// aside is the way to the network of one who says other things to the follower.
type aside struct {
	node.Env
	d *deceiver
}

// Send lies to the follower.
func (f *aside) Send(to node.Addr, m node.Message) {
	if to.Host() != "e" {
		f.Env.Send(to, m)
		return
	}
	for _, lie := range f.d.lies(to, m) {
		f.d.trial.Marks.Sometimes("lied to", true)
		f.Env.Send(to, lie)
	}
	switch m.(type) {
	case *pbft.Decided, *pbft.Part, *pbft.Proof:
		return
	}
	f.Env.Send(to, m)
}

// lies are what the follower gets in place of a message, or before it.
func (d *deceiver) lies(to node.Addr, m node.Message) []node.Message {
	voice := d.Party().To(to)
	made := []*pbft.Request{{Client: to, Timestamp: 1 << 60, Op: []byte("made up")}}
	switch m := m.(type) {
	case *pbft.Decided:
		wrong, ahead := *m, *m
		wrong.Digest, ahead.Digest = pbft.BatchDigest(made), pbft.BatchDigest(nil)
		ahead.Seq++
		return []node.Message{voice.Seal(&wrong), voice.Seal(&ahead), &pbft.Batch{Requests: made}}
	case *pbft.Batch:
		return []node.Message{&pbft.Batch{Requests: made}}
	case *pbft.Part:
		wrong := *m
		wrong.Data = append(append([]byte(nil), m.Data...), 1)
		return []node.Message{&wrong}
	case *pbft.Proof:
		return []node.Message{&pbft.Proof{Checkpoints: d.alone(m)}}
	case *pbft.Status:
		wrong := *m
		wrong.View, wrong.Executed = m.View+1, m.Executed+1
		return []node.Message{voice.Seal(&wrong)}
	}
	return nil
}

// alone is a proof of another state, by signatures of the liar's own.
func (d *deceiver) alone(m *pbft.Proof) (all []*pbft.Checkpoint) {
	for _, c := range m.Checkpoints {
		wrong := *c
		wrong.Digest[0] ^= 1
		all = append(all, d.Party().Seal(&wrong).(*pbft.Checkpoint))
	}
	return all
}
