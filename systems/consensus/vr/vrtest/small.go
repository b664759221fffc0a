package vrtest

import (
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// still is a replica that does nothing by itself.
var still = vr.Config{
	ViewTimeout: rsmtest.Far, HeartbeatInterval: rsmtest.Far / 10, NoLease: true, MaxEntriesPerMessage: 1,
}

// Small is a group of which a search chooses every step.
var Small = rsmtest.Small{
	System: "vr", Name: "small",
	Question: `What can a few view changes and a few messages do to a group of three, in any order at all? Nothing
happens by itself here: a replica suspects its primary, a primary takes a request, a host crashes or comes
back, one message arrives, and each of these is a move that a search chooses. At no op-number may two replicas
know different operations to be committed, and no view may have two primaries.`,
	Canon:     []string{"vr.viewchange.state-from-quorum", "vr.normal.primary-copy"},
	Sometimes: []string{"two leaderships", "a command was decided", "the new primary lacked entries"},
	Engine:    engine(still),
	Exhaust:   rsmtest.Budget{Hosts: 3, Suspicions: 2, Commands: 2, Crashes: 1},
	Mark: func(t *rsmtest.Trial, m *experiment.Marks) {
		m.Sometimes("the new primary lacked entries", t.Notes.Counts["lacked entries"] > 0)
	},
}.Register()
