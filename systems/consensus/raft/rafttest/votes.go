package rafttest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
)

// Votes looks for a second vote in one term.
var Votes = aim{
	name:  "votes",
	hosts: "3 to 5",
	question: `Does a server ever vote twice in a term? Elections never stop, since every leader is killed
soon after it is elected, and they are close, since messages take nearly as long as the election
timeout. Voters crash just after they answered a candidate and are back at once, while the term's
other candidates still ask. No term may have two leaders.`,
	canon: []string{
		"raft.election.one-vote-per-term", "raft.election.at-most-one-leader-per-term", "raft.term.epochs",
		"raft.election.candidate-procedure",
	},
	sometimes: []string{"split vote", "three leaders or more"},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(k.Int("hosts", 3, 5))
		t.config.Raft.NoPreVote, t.config.Raft.NoCheckQuorum = true, true
		t.config.Raft.ElectionTimeout = k.Duration("election-timeout", 5*time.Millisecond, 40*time.Millisecond)
		t.config.Raft.HeartbeatInterval = t.config.Raft.ElectionTimeout / 4
		t.config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, t.config.Raft.ElectionTimeout/2)
		t.config.Sim.Link.Reorder = 1
		t.config.Sim.Fsync = sim.Uniform(50*time.Microsecond, k.Duration("fsync", 100*time.Microsecond, 5*time.Millisecond))
		t.load.Each, t.load.Think = 20, 100*time.Millisecond
		t.faults("from 0s to 3s on note \"lead\" of * with %.2f crash; restart after %v",
			sim.Choose(k, "kill", 0.5, 0.9), k.Duration("dead", time.Millisecond, 50*time.Millisecond))
		t.faults("from 0s to 3s on send raft.RequestVoteReply of * with %.2f crash; restart after %v",
			sim.Choose(k, "forget", 0.05, 0.2, 0.5), k.Duration("away", 100*time.Microsecond, 3*time.Millisecond))
		t.faults("from 0s to 3s loss %.2f links *", sim.Choose(k, "loss", 0.01, 0.1, 0.3))
		if k.Chance("duplicate", 0.5) {
			t.faults("from 0s to 3s duplicate 0.2 links *")
		}
	},
}.register()
