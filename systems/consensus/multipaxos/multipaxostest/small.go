package multipaxostest

import (
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/consensus/multipaxos"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// still is a replica that does nothing by itself.
var still = multipaxos.Config{
	Timeout: rsmtest.Far, HeartbeatInterval: rsmtest.Far / 10, NoLease: true, MaxValuesPerMessage: 1, Alpha: 4,
}

// Small is a group of which a search chooses every step.
var Small = rsmtest.Small{
	System: "multipaxos", Name: "small",
	Question: `What can a few candidacies and a few messages do to a group of three, in any order at all? Nothing
happens by itself here: a replica suspects its leader, a leader proposes, a host crashes or comes back, one
message arrives, and each of these is a move that a search chooses. In no slot may two values be known to be
chosen, and no ballot may have two leaders.`,
	Canon:     []string{"multipaxos.leader.election-and-liveness"},
	Sometimes: []string{"two leaderships", "a command was decided", "a value was adopted"},
	Engine:    engine(still),
	Exhaust:   rsmtest.Budget{Hosts: 3, Suspicions: 2, Commands: 2, Crashes: 1},
	Mark: func(t *rsmtest.Trial, m *experiment.Marks) {
		m.Sometimes("a value was adopted", t.Notes.Counts["adopted"] > 0)
	},
}.Register()
