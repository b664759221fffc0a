package rafttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/consensus/raft"
)

// Figure8 is the schedule of the paper's Figure 8, move by move.
var Figure8 = aim{
	name:  "figure-8",
	hosts: "5",
	once:  true,
	question: `May a leader count the replicas of an entry of an earlier term? Five servers play the paper's
Figure 8: a leads and stores an entry on b only; e is elected without it and stores another at the same
index on nobody; a is elected again and brings its old entry to c, so that a majority has it; then a
stops, and e, whose last term is higher, is elected by c, d and e and overwrites the entry. A leader
that had counted replicas would have committed and executed it.`,
	canon: []string{"raft.commit.no-counting-of-old-terms", "raft.safety.leader-completeness"},
	draw: func(_ *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(5)
		t.config.Raft = raft.Config{
			ElectionTimeout: time.Hour, HeartbeatInterval: time.Minute, // nothing happens twice
			NoPreVote: true, NoCheckQuorum: true, MaxEntriesPerMessage: 1,
		}
		t.load.Clients, t.duration = 0, 10*time.Millisecond
		t.script = playFigure8
	},
}.register()

// playFigure8 does no more than the figure needs, and nothing again that was lost: so
// what shrinking leaves of it without the rule is the figure. Whether an entry that was
// committed is missing from a later leader's log is for the oracle to see.
func playFigure8(t *trial) error {
	s := &stage{t: t}
	// (a) a leads, and stores the entry with which its term begins on b only.
	s.campaign("a", 1)
	s.cut("a", "c,d,e")
	place := s.last("a")
	s.until("b has the old entry", func() bool { return s.last("b") == place })
	old := s.term("b", place)
	s.crash("a")
	// (b) e leads, elected by c and d. What it stores there reaches nobody.
	s.campaign("e", 1)
	s.cut("e", "a,b,c,d")
	s.run(settle)
	s.crash("e")
	// (c) a leads again, and brings its old entry to c; no more than that.
	s.mend()
	s.restart("a")
	s.cut("a", "d")
	s.campaign("a", 2) // c has voted in the first of these terms
	s.until("c has the old entry", func() bool { return s.last("c") == place && s.term("c", place) == old })
	s.oneWay("a", "c")
	s.run(settle) // c's answer reaches a
	// (d) e leads again, elected by c and d, and overwrites it everywhere.
	s.crash("a")
	s.mend()
	s.restart("e")
	s.campaign("e", 2)
	s.restart("a")
	s.until("e's entry is in its place everywhere", func() bool {
		return t.cluster.Raft("e").Committed() > place && s.everywhere(place) && s.term("a", place) > old && s.term("c", place) > old
	})
	return s.err
}

// settle is long enough for everything on its way to arrive or be lost.
const settle = 20 * time.Millisecond

// opOfNumber is a command that writes its own number.
func opOfNumber(id uint64) *Op {
	return &Op{ID: id, Verb: uint8(workload.Write), Key: "x", Value: fmt.Sprint(id)}
}
