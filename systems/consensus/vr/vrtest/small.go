package vrtest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// still is a replica that does nothing by itself.
var still = vr.Config{
	ViewTimeout: rsmtest.Far, HeartbeatInterval: rsmtest.Far / 10, NoLease: true, MaxEntriesPerMessage: 1,
}

// committed is a command that a has committed in view 0 with b's help. Neither b nor c
// knows, and c has not even heard of it.
var committed = []string{
	arrives("StartView", "a", "b"), arrives("StartView", "a", "c"), arrives("PrepareOK", "b", "a"), arrives("PrepareOK", "c", "a"),
	"propose a", arrives("Prepare", "a", "b"), arrives("PrepareOK", "b", "a"),
}

// outvoted goes on from there: a takes two more commands, which reach nobody, while b
// and c change to view 1, in which b is primary, and b commits one of its own in the place
// of the first. So a's log is the longest, of a view that is over, and all that a sent in
// view 0 is still on its way.
var outvoted = append(slices.Clone(committed),
	"propose a", "propose a",
	"suspect c", arrives("StartViewChange", "c", "b"), arrives("StartViewChange", "b", "c"), arrives("DoViewChange", "c", "b"),
	arrives("StartView", "b", "c"), arrives("GetState", "c", "b"), arrives("NewState", "b", "c"), arrives("PrepareOK", "c", "b"),
	"propose b", arrives("Prepare", "b", "c"), arrives("PrepareOK", "c", "b"),
)

// arrives is the move that a message of the protocol arrives.
func arrives(kind, from, to string) string {
	return fmt.Sprintf("deliver vr.%s %s/%s -> %s/%s", kind, from, rsmtest.Service, to, rsmtest.Service)
}

// Small is a group of which a search chooses every step.
var Small = rsmtest.Small{
	System: "vr", Name: "small",
	Question: `What can a few view changes and a few messages do to a group of three, in any order at all? Nothing
happens by itself here: a replica suspects its primary, a primary takes a request, a host crashes or comes
back, one message arrives, and each of these is a move that a search chooses. At no op-number may two replicas
know different operations to be committed, and no view may have two primaries. A search of everything can begin at the first view, behind a commit that only the
primary knows of (opening 1), or after a view change that has left the old primary with the longest log (opening 2).`,
	Canon:     []string{"vr.viewchange.state-from-quorum", "vr.normal.primary-copy"},
	Sometimes: []string{"two leaderships", "a command was decided", "the new primary lacked entries"},
	Engine:    engine(still),
	Exhaust:   rsmtest.Budget{Hosts: 3, Suspicions: 2, Commands: 2, Crashes: 1},
	Openings:  [][]string{committed, outvoted},
	Mark: func(t *rsmtest.Trial, m *experiment.Marks) {
		m.Sometimes("the new primary lacked entries", t.Notes.Counts["lacked entries"] > 0)
	},
}.Register()
