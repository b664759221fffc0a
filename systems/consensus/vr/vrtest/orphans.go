package vrtest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Orphans puts a long log of an early view beside a short one of a later view.
var Orphans = rsmtest.Aim{
	System: "vr", Name: "orphans", Hosts: "3",
	Question: `Which log does a view begin with? The primary is cut off with more requests than it can get through; the
other two go on in the next view and commit one operation, of which the backup is not told; then their primary is
cut off in turn, and the third view begins with the backup and the first primary, whose log is longer. It must
begin with the log of the latest view, or the operation, which was answered, is overwritten.`,
	Canon:     []string{"vr.viewchange.state-from-quorum"},
	Sometimes: []string{"the longest log was of an earlier view"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		t.Config.Engine = engine(vr.Config{
			ViewTimeout: 10 * time.Second, HeartbeatInterval: time.Second, NoLease: true,
			MaxEntriesPerMessage: sim.Choose(k, "max-entries", 1, 8),
		})
		t.Config.RSM = rsm.Config{MaxBatchBytes: 1, Pipeline: 16}
		t.Config.Sim.Link.Delay = sim.Constant(time.Millisecond)
		t.Config.Sim.Fsync = sim.Constant(100 * time.Microsecond)
		t.Load.Clients, t.Duration = 0, time.Millisecond
		lost := uint64(k.Int("orphans", 3, 8))
		t.Script = func(t *rsmtest.Trial) error { return orphan(&rsmtest.Stage{T: t}, lost) }
	},
}.Register()

func orphan(s *rsmtest.Stage, lost uint64) error {
	first := s.Calm() // of view 0
	s.Execute(first, 1)
	s.Execute("b", 2) // so that its session is open
	s.Run(10 * time.Millisecond)
	s.Cut("a", "b,c")
	for id := range lost {
		s.Propose("a", 10+id)
	}
	s.Run(10 * time.Millisecond)
	s.Elect("b")
	s.Run(10 * time.Millisecond)
	answered := s.Propose("b", 3)
	s.Run(1500 * time.Microsecond) // the Prepare has arrived
	s.OneWay("b", "c")
	s.Until("the operation is answered", func() bool { return answered.Done })
	if s.Err != nil {
		return s.Err
	}
	s.Mend()
	s.Cut("b", "a,c")
	long, short := s.T.Cluster.Replica("a").Status().Last, s.T.Cluster.Replica("c").Status().Last
	s.T.Marks.Sometimes("the longest log was of an earlier view", long > short)
	s.Elect("c")
	s.Execute("c", 4)
	s.Mend()
	s.Calm()
	return s.Err
}
