package chaintest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Reconfigure kills replicas at every step of a stream of writes.
var Reconfigure = rsmtest.Aim{
	System: "chain", Name: "reconfigure", Hosts: "3 to 5",
	Question: `Does a chain lose nothing when it is cut? Heads, middles, tails and pairs of them crash just after they
passed a write on, just after they became head, and just after they said that a recruit may be tail; one entry a
message, so that much is on its way. Others take their places, send on what did not come through, and those that
return join at the tail. No acknowledged write is lost, each history begins with that of the next replica, and the
chain is whole again in the end.`,
	Canon: []string{
		"chain.failure.reconfigure", "chain.write.head-to-tail", "craq.versions.dirty-until-acked",
		"consistency.linearizable.write-then-read",
	},
	Sometimes: []string{"three leaders or more", "replica removed", "tail handed over", "checkpoint installed"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		c := quick()
		c.LeaseLength = 60 * time.Millisecond
		c.MaxEntriesPerMessage = sim.Choose(k, "max-entries", 1, 8)
		c.MaxInflight = sim.Choose(k, "max-inflight", 2, 16, 256)
		c.CheckpointChunk = k.Int("checkpoint-chunk", 64, 4096)
		c.CheckpointThreshold = int64(sim.Choose(k, "checkpoint-threshold", 1_000, 64<<20))
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 5))
		t.Config.RSM.MaxBatchBytes, t.Config.RSM.Pipeline = 1, 8
		t.Config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 8*time.Millisecond))
		t.Load.Clients, t.Load.Each, t.Load.Think = 6, 200, 5*time.Millisecond
		t.Load.Patience = 500 * time.Millisecond
		t.Load.Mix.Write, t.Load.Mix.Read = 8, 2
		t.Load.Levels = []rsm.Level{sim.Choose(k, "level", rsm.Linearizable, rsm.Lease)}
		down := k.Duration("down", 100*time.Millisecond, 500*time.Millisecond)
		t.Faults("from 200ms to 3s on send relay.Update of * with %.4f crash; restart after %v", sim.Choose(k, "kill", 0.0005, 0.002), down)
		t.Faults("from 200ms to 3s on send relay.Held of * with %.4f crash; restart after %v", sim.Choose(k, "kill-ack", 0, 0.001), down)
		t.Faults("from 200ms to 3s on send relay.Update of * with %.4f for %v partition isolate it", sim.Choose(k, "isolate", 0, 0.001), down)
		t.Faults("from 200ms to 3s on note \"lead\" of * with %.2f crash; restart after %v", sim.Choose(k, "kill-new", 0, 0.3), down)
		t.Faults("from 200ms to 3s on note \"hand over\" of * with %.2f crash; restart after %v", sim.Choose(k, "kill-tail", 0, 0.3), down)
		for i := range 2 {
			a, b := sim.Choose(k, fmt.Sprint("one of pair ", i), t.Config.Hosts...), sim.Choose(k, fmt.Sprint("other of pair ", i), t.Config.Hosts...)
			t.Faults("at %v crash %s,%s; restart after %v", time.Duration(700+1100*i)*time.Millisecond, a, b, down)
		}
		t.Faults("from 0s to 3s loss %.2f links *", sim.Choose(k, "loss", 0.005, 0.05))
		into(t, c)
	},
}.Register()

// deposed is the experiment that lets replicas be removed without knowing it.
func deposed(system, question string, canon []string, apportioned bool) *experiment.Experiment {
	return rsmtest.Aim{
		System: system, Name: "deposed", Hosts: "3 to 4", Question: question, Canon: canon,
		Sometimes: []string{"three leaders or more", "replica removed", "tail handed over"},
		Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
			c := quick()
			c.LeaseLength = k.Duration("lease-length", 40*time.Millisecond, 120*time.Millisecond)
			if apportioned {
				c = craq(c)
			}
			t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 4))
			t.BusyReaders(sim.Choose(k, "level", rsm.Lease, rsm.Lease, rsm.Linearizable))
			t.Load.Clients, t.Load.Each, t.Load.Think = 8, 500, 4*time.Millisecond
			masters := masterHosts[0] + "," + masterHosts[1] + "," + masterHosts[2]
			for i := range 7 {
				at := time.Duration(200+380*i) * time.Millisecond
				alone := sim.Choose(k, fmt.Sprint("alone ", i), t.Config.Hosts...)
				switch sim.Choose(k, fmt.Sprint("cut ", i), "masters", "all", "one way", "pause") {
				case "masters":
					t.Faults("at %v for 250ms partition halves %s | %s", at, alone, masters)
				case "all":
					t.Faults("at %v for 250ms partition isolate %s", at, alone)
				case "one way":
					t.Faults("at %v for 250ms partition one-way %s -> %s", at, masters, alone)
				case "pause":
					t.Faults("at %v for 200ms pause %s", at, alone)
				}
			}
			if k.Chance("drift", 0.5) {
				t.Faults("at 0s drift clock %s +15000ppm", sim.Choose(k, "fast", t.Config.Hosts...))
				t.Faults("at 0s drift clock %s -15000ppm", sim.Choose(k, "slow", masterHosts...))
			}
			into(t, c)
		},
	}.Register()
}

// DeposedTail removes tails that do not know it.
var DeposedTail = deposed("chain", `Does a tail that was removed answer no more? Replicas are cut off from the
configuration service, with or without the rest of the chain, or stand still for a while, and are removed; clients read
at every replica without a pause, and clocks run at rates near the edge of what is allowed. Once another tail commits
a write, none that was tail before may answer a read without it: its lease ran out before it was removed, and a read
without a lease is confirmed by the service.`,
	[]string{"chain.read.at-tail", "consistency.linearizable.reads-never-go-back"}, false)

// DeposedReplica is the same for replicas anywhere in a chain.
var DeposedReplica = deposed("craq", `Does a replica that was removed answer no more, wherever it stood? As
chain/deposed, where every replica reads for itself: one that is cut off sees no more writes, so everything looks
clean to it.`,
	[]string{"craq.read.any-replica", "craq.versions.dirty-until-acked"}, true)
