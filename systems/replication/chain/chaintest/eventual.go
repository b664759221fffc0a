package chaintest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Eventual reads whatever the asked replica has.
var Eventual = rsmtest.Aim{
	System: "craq", Name: "eventual", Hosts: "3 to 5",
	Question: `What is promised to reads that take any state? Clients write through the chain and read from every
replica, cut off or restarted as it may be, without asking whether it is up to date. Reads may miss writes that were
answered before, and some do. But every value that is read was written or is the initial one, all replicas execute the
writes in one order, and once the writes stop and the network is whole, every replica is in the same state within a
second, and so are all reads from then on.`,
	Canon:     []string{"consistency.eventual.definition"},
	Sometimes: []string{"old value read", "replica removed"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 5))
		t.BusyReaders(rsm.Serializable)
		t.Load.Each = 400
		for i := range 6 {
			at, alone := time.Duration(200+400*i)*time.Millisecond, sim.Choose(k, fmt.Sprint("alone ", i), t.Config.Hosts...)
			if k.Chance(fmt.Sprint("crash ", i), 0.3) {
				t.Faults("at %v crash %s; restart after 200ms", at, alone)
			} else {
				t.Faults("at %v for 250ms partition isolate %s", at, alone)
			}
		}
		t.Faults("from 0s to 3s loss %.2f links *", sim.Choose(k, "loss", 0, 0.05))
		t.Judges = writtenValues(t)
		t.Judge = converged
		into(t, craq(quick()))
	},
}.Register()

// writtenValues judges reads: each returns a value that somebody wrote.
func writtenValues(t *rsmtest.Trial) rsmtest.Judges {
	return func(h rsmtest.History, _ []int) (order, search check.Judgement) {
		writes := map[string]workload.Operation[workload.Request, workload.Response]{"": {}}
		for _, op := range h {
			if !op.In.ReadOnly() {
				writes[op.In.Value] = op
			}
		}
		order = check.Judgement{Judge: "written values", Operations: len(h)}
		order.Verdict = check.OK
		for _, op := range h {
			if !op.In.ReadOnly() || op.Outcome != workload.OK {
				continue
			}
			w, known := writes[op.Out.Value]
			if !known {
				order.Verdict, order.Why = check.Violation, fmt.Sprintf("%q was read and never written", op.Out.Value)
			}
			t.Marks.Sometimes("old value read", known && overwritten(h, w.Return, op.Call))
		}
		return order, search
	}
}

// overwritten tells whether some write was called and answered between two times.
func overwritten(h rsmtest.History, from, to time.Duration) bool {
	for _, op := range h {
		if !op.In.ReadOnly() && op.Outcome == workload.OK && op.In.Verb == workload.Write && op.Call > from && op.Return < to {
			return true
		}
	}
	return false
}

// converged demands that all replicas are in one state soon after the last write.
// The trial has waited for that, and for one more write.
func converged(t *rsmtest.Trial) error {
	began := t.Cluster.World.Now()
	if err := t.Cluster.World.Converge(t.Cluster.Converged, time.Second); err != nil {
		return fmt.Errorf("eventual: replicas differ a second after the last write: %w", err)
	}
	t.Stats["equal after, ms"] = float64(t.Cluster.World.Now()-began) / 1e6
	return nil
}
