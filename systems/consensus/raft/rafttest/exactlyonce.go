package rafttest

import (
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// ExactlyOnce counts what clients add while answers get lost.
var ExactlyOnce = aim{
	name:  "exactly-once",
	hosts: "3, and 4 with clients",
	question: `Is a command executed once although its client sends it again? Clients on hosts of their own add
to counters. A third of the answers is lost, and leaders die between the moment when a command is
committed and the one when its answer leaves, so that clients repeat the command to the next leader; the
table of sessions is cut into snapshots all the time. Every answer must be the sum that one execution of
each command gives.`,
	canon: []string{
		"raft.client.exactly-once", "raft.client.redirect-and-retry", "raft.replication.normal-operation",
	},
	sometimes: []string{"three leaders or more", "snapshot taken"},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Raft.SnapshotThreshold = int64(sim.Choose(k, "snapshot-threshold", 800, 10_000, 1<<30))
		t.load.Remote, t.load.Clients, t.load.Each, t.load.Patience = true, 4, 60, 4*time.Second
		t.load.Hosts = t.config.Hosts
		t.load.Retry = k.Duration("retry", 10*time.Millisecond, 500*time.Millisecond)
		t.config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 20*time.Millisecond))
		t.load.Mix = workload.Counters(2)
		t.load.Levels = []rsm.Level{sim.Choose(k, "level", rsm.Linearizable, Log)}
		t.judges = judgesOf(check.Counter())
		t.faults("from 0s to 2.5s loss %.2f links a,b,c -> x0,x1,x2,x3", sim.Choose(k, "lost-answers", 0.1, 0.3, 0.6))
		t.faults("from 0s to 2.5s on fsync of * with %.3f crash; restart after %v",
			sim.Choose(k, "crash", 0.002, 0.01, 0.03), k.Duration("dead", time.Millisecond, 300*time.Millisecond))
	},
}.register()

// Snapshots sends snapshots to followers that were away.
var Snapshots = aim{
	name:  "snapshots",
	hosts: "3 to 5, and 1 spare",
	question: `Does a follower that missed more than the leader remembers get the state, whatever happens on the
way? Logs are cut after a few commands and sent in small pieces over links that lose and reorder them;
followers are away for a while, receivers and senders crash in the middle, a newer snapshot overtakes an
older one, and a server that joins starts with nothing. All states must be equal in the end and the
history linearizable.`,
	canon: []string{
		"raft.replication.retry-laggards", "raft.log.durable-entries", "raft.safety.state-machine-safety",
	},
	sometimes: []string{"snapshot installed", "membership changed"},
	draw: func(k *sim.Knobs, t *trial) {
		names := hostNames(k.Int("hosts", 3, 5) + 1)
		t.config.Hosts, t.config.Spare = names[:len(names)-1], names[len(names)-1:]
		t.config.Raft.SnapshotThreshold = int64(k.Int("snapshot-threshold", 100, 3000))
		t.config.Raft.KeepBytes = int64(k.Int("keep-bytes", 1, 500))
		t.config.Raft.SnapshotChunk = k.Int("chunk", 8, 512)
		t.config.Raft.SnapshotWindow = k.Int("window", 1, 6)
		for i := range 4 {
			away := sim.Choose(k, "away "+names[i%len(names)], names...)
			t.faults("at %dms crash %s; restart after %v", 200+500*i, away, k.Duration("gone", 50*time.Millisecond, 400*time.Millisecond))
		}
		t.faults("from 0s to 2.5s loss %.2f links *", sim.Choose(k, "loss", 0.02, 0.1, 0.2))
		t.faults("from 0s to 2.5s on send raft.InstallSnapshot of * with 0.02 crash; restart after 20ms")
		t.faults("from 0s to 2.5s on send raft.InstallSnapshotReply of * with 0.05 crash; restart after 20ms")
		t.faults("at %v members %s ask a", k.Duration("join", 300*time.Millisecond, 2*time.Second), joined(names))
	},
}.register()
