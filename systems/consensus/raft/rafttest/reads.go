package rafttest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// StaleReads asks a leader that does not know that it is one no longer.
var StaleReads = aim{
	name:  "stale-reads",
	hosts: "3 to 5",
	question: `Does a deposed leader answer reads from its old state? The leader is cut off with some of the
clients again and again, for longer than it takes the others to elect another and to commit new writes.
Clients read at every host all the while. Reads go through a round of messages, so what the old leader
cannot confirm it must not answer: the history stays linearizable.`,
	canon:     []string{"raft.term.deposed-leader-cannot-commit", "consistency.linearizable.write-then-read"},
	sometimes: []string{"three leaders or more"},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(k.Int("hosts", 3, 5))
		t.config.Raft.NoCheckQuorum = k.Chance("no-check-quorum", 0.5)
		t.busyReaders(rsm.Linearizable)
		t.faults("from 0s to 2.5s on send raft.AppendEntries of * with %.4f for %v partition isolate it",
			sim.Choose(k, "chance", 0.0005, 0.002), k.Duration("span", 100*time.Millisecond, 600*time.Millisecond))
	},
}.register()

// busyReaders makes clients read a hot key at every host without a pause.
func (t *trial) busyReaders(level rsm.Level) {
	t.load.Clients, t.load.Each, t.load.Think = 6, 200, 5*time.Millisecond
	t.load.Mix.Keys, t.load.Mix.Read, t.load.Mix.Write, t.load.Mix.CAS = 1, 3, 1, 0
	t.load.Levels = []rsm.Level{level}
	t.load.Patience = 300 * time.Millisecond
}

// Leases asks the same of reads that rely on a lease.
var Leases = aim{
	name:  "leases",
	hosts: "3 to 5",
	question: `Does a leader's lease end before another leader can commit? Clocks run as fast and as slow as the
configured bound on drift allows, the leader is cut off in one direction or both, offers its place to
another while it cannot hear the votes, or pauses; a follower that it no longer reaches campaigns while
the others still hear it. Clients read by lease at every host without pause. The history must stay
linearizable.`,
	canon: []string{
		"raft.lease.drift-bound", "raft.lease.refuse-votes", "raft.lease.void-on-transfer",
		"consistency.linearizable.reads-never-go-back", "raft.term.deposed-leader-cannot-commit",
	},
	sometimes: []string{"three leaders or more"},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(k.Int("hosts", 3, 5))
		t.config.Raft.NoPreVote = k.Chance("no-pre-vote", 0.7)
		t.config.Raft.HeartbeatInterval = sim.Choose(k, "heartbeat", 10*time.Millisecond, 25*time.Millisecond)
		t.config.Raft.ClockDrift = sim.Choose(k, "drift-bound", 0.02, 0.2)
		t.config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 5*time.Millisecond))
		t.busyReaders(rsm.Lease)
		t.load.Think = 2 * time.Millisecond
		t.lonely(k)
		t.drift(k)
	},
}.register()

// drift lets each clock run within the bound, mostly at its ends.
func (t *trial) drift(k *sim.Knobs) {
	most := int(t.config.Raft.ClockDrift * 1e6)
	for _, host := range t.config.Hosts {
		switch k.Int("drift "+host, 0, 3) {
		case 1:
			t.faults("at 0s for 2.5s drift clock %s +%dppm", host, most)
		case 2:
			t.faults("at 0s for 2.5s drift clock %s -%dppm", host, most)
		}
	}
}

// lonely separates leaders from those who elect the next one.
func (t *trial) lonely(k *sim.Knobs) {
	span := k.Duration("span", 60*time.Millisecond, 400*time.Millisecond)
	chance := sim.Choose(k, "chance", 0.0005, 0.002)
	switch sim.Choose(k, "lonely", "isolated", "deaf", "paused", "campaign", "transfer") {
	case "isolated":
		t.faults("from 0s to 2.5s on send raft.AppendEntries of * with %.4f for %v partition isolate it", chance, span)
	case "deaf":
		t.faults("from 0s to 2.5s on send raft.AppendEntries of * with %.4f for %v partition one-way * -> it", chance, span)
	case "paused":
		t.faults("from 0s to 2.5s on send raft.AppendEntries of * with %.4f for %v pause it", chance, span)
	case "campaign":
		t.lonelyCampaign(chance, span)
	case "transfer":
		for at := 100 * time.Millisecond; at < 2500*time.Millisecond; at += 150 * time.Millisecond {
			to := sim.Choose(k, "to "+at.String(), t.config.Hosts...)
			t.faults("at %v transfer %s ask %s", at, to, sim.Choose(k, "ask "+at.String(), t.config.Hosts...))
		}
		t.faults("from 0s to 2.5s on send raft.TimeoutNow of * with 0.7 for %v partition one-way * -> it", span)
	}
}

// lonelyCampaign lets c campaign because it no longer hears the leader, asks the
// third server, which still does, and keeps the leader from hearing of it. If
// the third one voted, two would lead, and the old one by a valid lease.
func (t *trial) lonelyCampaign(chance float64, span time.Duration) {
	t.config.Hosts = hostNames(3)
	t.config.Raft.NoPreVote = true
	t.faults("from 0s to 2.5s on send raft.AppendEntries of a,b with %.4f for %v partition halves it | c", chance, span)
	t.faults("from 0s to 2.5s on note \"campaign\" of c for 80ms partition halves a | b")
}
