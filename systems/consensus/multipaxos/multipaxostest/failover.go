package multipaxostest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Failover measures what a command costs, before and after a leader's end.
var Failover = rsmtest.Aim{
	System: "multipaxos", Name: "failover", Hosts: "5", Once: true,
	Question: `What does a command cost? Five replicas, each a millisecond away from the others. Once there is a leader
every command takes one round of Accepts and one write to the disk, and no Prepare is sent. The leader crashes in
the midst of a burst; the next one runs phase 1 once for all slots, proposes again what the old one left behind,
and then every command costs as much as before. The figures are latencies, in milliseconds.`,
	Canon: []string{"multipaxos.leader.election-and-liveness"},
	Draw: func(_ *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		cfg.MaxValuesPerMessage = 1
		t.Config.Hosts = rsmtest.Names(5)
		t.Config.Engine = engine(cfg)
		t.Config.RSM.MaxBatchBytes, t.Config.RSM.Pipeline = 1, 16
		t.Config.Sim.Link.Delay = sim.Constant(time.Millisecond)
		t.Config.Sim.Fsync = sim.Constant(fsync)
		scripted(t, failover)
	},
}.Register()

const fsync = 100 * time.Microsecond

func failover(s *rsmtest.Stage) error {
	steady := func(from uint64) (worst time.Duration, err error) {
		leader := s.Calm()
		s.Execute(leader, from) // opens the session
		prepares := s.T.Notes.Counts["send multipaxos.Prepare"]
		for id := from + 1; id < from+20; id++ {
			worst = max(worst, s.Execute(leader, id))
		}
		if n := s.T.Notes.Counts["send multipaxos.Prepare"] - prepares; n > 0 {
			return worst, fmt.Errorf("%d Prepares under a stable leader", n)
		}
		if most := 2*time.Millisecond + 2*fsync; s.Err == nil && worst > most {
			return worst, fmt.Errorf("a command took %v; a round and a write take %v", worst, most)
		}
		return worst, s.Err
	}
	before, err := steady(1)
	if err != nil {
		return err
	}
	old := s.T.Cluster.Leader()
	for id := uint64(100); id < 110; id++ {
		s.Propose(old, id)
	}
	s.Run(1200 * time.Microsecond) // the Accepts have arrived, no answer has
	s.Crash(old)
	crashed := s.World().Now()
	s.Until("another leads", func() bool { return s.T.Cluster.Leader() != "" })
	vacancy := s.World().Now() - crashed
	next := s.T.Cluster.Leader()
	s.Execute(next, 200)
	outage := s.World().Now() - crashed
	if s.Err == nil && s.T.Notes.Counts["adopted"] == 0 {
		return fmt.Errorf("the new leader found nothing of the old one's ten commands")
	}
	after, err := steady(300)
	if err != nil {
		return err
	}
	s.Restart(old)
	s.T.Stats["command before, ms"], s.T.Stats["command after, ms"] = float64(before)/1e6, float64(after)/1e6
	s.T.Stats["without a leader, ms"], s.T.Stats["first command after the crash, ms"] = float64(vacancy)/1e6, float64(outage)/1e6
	return s.Err
}
