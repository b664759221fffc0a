package vrtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Leases asks primaries that may have been replaced.
var Leases = rsmtest.Aim{
	System: "vr", Name: "leases", Hosts: "3 to 5",
	Question: `Does a primary's lease end before another view begins without it? Clocks run as fast and as slow as
the configured bound on drift allows; the primary is cut off in one direction or both, or pauses, or a backup
that it no longer reaches starts a view change while the others still hear it; it hands over, and dies just
after it began. Clients read by lease at every host without a pause; in a quarter of the runs there are no
leases, and such reads must take a round of messages. No two replicas may hold a lease at one instant, and
the history must be linearizable.`,
	Canon: []string{
		"consistency.linearizable.reads-never-go-back", "consistency.linearizable.write-then-read", "vr.normal.primary-copy",
	},
	Sometimes: []string{"three leaders or more", "a lease kept a backup in its view", "a lease ran out under a primary"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		cfg.NoLease = k.Chance("no-lease", 0.25)
		cfg.HeartbeatInterval = sim.Choose(k, "heartbeat", 10*time.Millisecond, 25*time.Millisecond)
		cfg.ClockDrift = sim.Choose(k, "drift-bound", 0.02, 0.2)
		cfg.MaxEntriesPerMessage = sim.Choose(k, "max-entries", 1, 8)
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 5))
		t.Config.RSM.MaxBatchBytes, t.Config.RSM.Pipeline, t.Config.RSM.Worthwhile = 1, 8, 1
		t.Config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 5*time.Millisecond))
		t.Config.Sim.Fsync = sim.Uniform(50*time.Microsecond, k.Duration("fsync", 100*time.Microsecond, 10*time.Millisecond))
		t.BusyReaders(rsm.Lease)
		t.Load.Think = 2 * time.Millisecond
		t.Faults("from 0s to 2.5s on note \"lead\" of * with %.2f crash; restart after %v", sim.Choose(k, "kill", 0, 0.3), rsmtest.LonelySpan(k))
		t.Lonely(k, rsmtest.Lonely{Heartbeat: "vr.Commit", Campaign: "view change"})
		for _, host := range t.Config.Hosts {
			if sign := sim.Choose(k, "drift "+host, "", "+", "-", "-"); sign != "" {
				t.Faults("at 0s for 2.5s drift clock %s %s%dppm", host, sign, int(cfg.ClockDrift*1e6))
			}
		}
		t.Config.Engine, t.Config.Watch = engine(cfg), oneHolder(t)
		t.Judge = func(t *rsmtest.Trial) error {
			t.Marks.Sometimes("a lease kept a backup in its view", t.Notes.Counts["lease holds"] > 0)
			return nil
		}
	},
}.Register()

// oneHolder watches that no two replicas hold a lease at one time, and none that is
// not the primary of its view.
func oneHolder(t *rsmtest.Trial) func(node.Addr, rsm.Engine) error {
	var last node.Addr
	return func(a node.Addr, e rsm.Engine) error {
		leads := e.(*vr.VR).Leads()
		switch {
		case !e.HoldsLease():
			t.Marks.Sometimes("a lease ran out under a primary", last == a && leads)
			if last == a {
				last = ""
			}
			return nil
		case !leads:
			return fmt.Errorf("leases: %s holds one, and is no primary", a)
		case last != "" && last != a:
			if r := t.Cluster.Replica(last.Host()); r != nil && r.Engine().HoldsLease() {
				return fmt.Errorf("two acting primaries: %s and %s hold a lease", last, a)
			}
		}
		last = a
		return nil
	}
}
