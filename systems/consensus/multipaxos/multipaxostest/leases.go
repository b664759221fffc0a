package multipaxostest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Leases asks leaders that may have been replaced.
var Leases = rsmtest.Aim{
	System: "multipaxos", Name: "leases", Hosts: "3 to 5",
	Question: `Does a leader's lease end before another leader acts? Clocks run as fast and as slow as the configured
bound on drift allows; the leader is cut off in one direction or both, or pauses, or hands over while it cannot
hear the others; an acceptor that it no longer reaches becomes a candidate while the others still hear it.
Clients read by lease at every host without pause. No two replicas may hold a lease at one instant, and the
history must be linearizable.`,
	Canon: []string{
		"multipaxos.lease.new-leader-waits", "multipaxos.claim.leases-prevent-split-brain", "multipaxos.claim.more-than-one-leader",
	},
	Sometimes: []string{"three leaders or more", "candidate refused by a lease"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 5))
		cfg.HeartbeatInterval = sim.Choose(k, "heartbeat", 10*time.Millisecond, 25*time.Millisecond)
		cfg.ClockDrift = sim.Choose(k, "drift-bound", 0.02, 0.2)
		t.Config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 5*time.Millisecond))
		t.BusyReaders(rsm.Lease)
		t.Load.Think = 2 * time.Millisecond
		t.Lonely(k, rsmtest.Lonely{Heartbeat: "multipaxos.Heartbeat", Campaign: "campaign", HandOver: "multipaxos.TakeOver"})
		drift(k, t, cfg.ClockDrift)
		t.Config.Engine = engine(cfg)
		t.Config.Watch = oneHolder(t)
		t.Judge = func(t *rsmtest.Trial) error {
			t.Marks.Sometimes("candidate refused by a lease", t.Notes.Counts["lease holds"] > 0)
			return nil
		}
	},
}.Register()

// drift lets each clock run within the bound, mostly at its ends.
func drift(k *sim.Knobs, t *rsmtest.Trial, bound float64) {
	most := int(bound * 1e6)
	for _, host := range t.Config.Hosts {
		switch k.Int("drift "+host, 0, 3) {
		case 1:
			t.Faults("at 0s for 2.5s drift clock %s +%dppm", host, most)
		case 2:
			t.Faults("at 0s for 2.5s drift clock %s -%dppm", host, most)
		}
	}
}
