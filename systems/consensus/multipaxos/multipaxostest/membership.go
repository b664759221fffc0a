package multipaxostest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Membership changes the acceptors all the time, and splits the group while it
// happens.
var Membership = rsmtest.Aim{
	System: "multipaxos", Name: "membership", Hosts: "6",
	Question: `Can two sets of acceptors choose differently while one takes the place of the other? Six hosts, of which
one to four are acceptors at a time, and up to two learners; an administrator asks for a new set, often a disjoint
one, every few hundred milliseconds under load. When a change is proposed, comes into force, or a leader begins, the network
splits, or the leader dies, or is cut off. In no slot may two values be chosen, no read may be stale, and in
the end the group must come to rest with one set.`,
	Canon:     []string{"multipaxos.leader.election-and-liveness"},
	Sometimes: []string{"membership changed", "three leaders or more", "acceptors replaced under a leader"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		names := rsmtest.Names(6)
		n := k.Int("members", 1, 4)
		t.Config.Hosts, t.Config.Spare = names[:n], names[n:]
		cfg.NoLease = k.Chance("no-lease", 0.6)
		cfg.MaxValuesPerMessage = sim.Choose(k, "max-values", 1, 64)
		cfg.Alpha = sim.Choose(k, "alpha", 1, 3, 16, 128)
		cfg.CheckpointThreshold = int64(sim.Choose(k, "checkpoint-threshold", 2_000, 64<<20))
		cfg.KeepBytes = 1
		t.Config.Engine = engine(cfg)
		t.Load.Each, t.Load.Think = 150, 20*time.Millisecond
		t.Load.Patience = time.Second
		every := k.Duration("every", 100*time.Millisecond, 600*time.Millisecond)
		for at, i := every, 0; at < t.Duration; at, i = at+every, i+1 {
			name := fmt.Sprintf("set %d ", i)
			set := drawSet(k, name, names)
			for j := range k.Int(name+"asked", 1, 3) {
				t.Faults("at %v members %s ask %s", at+time.Duration(j)*time.Millisecond,
					strings.Join(set, ","), sim.Choose(k, fmt.Sprint(name, "ask", j), names...))
			}
		}
		trouble(k, t)
		t.Judge = func(t *rsmtest.Trial) error {
			t.Marks.Sometimes("acceptors replaced under a leader", t.Notes.Counts["configuration in force"] > 0)
			return nil
		}
	},
}.Register()

// drawSet draws one to four acceptors, and up to two learners.
func drawSet(k *sim.Knobs, name string, hosts []string) []string {
	var set []string
	from, n := k.Int(name+"from", 0, len(hosts)-1), k.Int(name+"size", 1, 4)
	for i := range n + k.Int(name+"learners", 0, 2) {
		host := hosts[(from+i)%len(hosts)]
		if i >= n {
			host = "learner:" + host
		}
		set = append(set, host)
	}
	return set
}

// trouble strikes at the moments when acceptors and leaders change.
func trouble(k *sim.Knobs, t *rsmtest.Trial) {
	span := k.Duration("span", 50*time.Millisecond, 600*time.Millisecond)
	moments := []string{`note "configuration"`, `note "configuration in force"`, `note "lead"`, "send multipaxos.Accept"}
	for i, moment := range moments {
		name := fmt.Sprintf("trouble %d ", i)
		p := sim.Choose(k, name+"chance", 0.1, 0.3, 0.6)
		if i == len(moments)-1 {
			p /= 100
		}
		on := fmt.Sprintf("from 0s to 2.5s on %s of * with %.4f", moment, p)
		switch k.Int(name+"sort", 0, 5) {
		case 0:
			t.Faults("%s for %v partition halves %s", on, span, t.Halves(k, name))
		case 1:
			t.Faults("%s for %v partition isolate it", on, span)
		case 2:
			t.Faults("%s crash; restart after %v", on, span)
		case 3:
			t.Faults("%s for %v pause it", on, span)
		case 4:
			t.Faults("%s for %v partition one-way it -> %s", on, span, sim.Choose(k, name+"victim", t.Hosts()...))
		}
	}
	if k.Chance("lossy", 0.4) {
		t.Faults("from 0s to 2.5s loss %.2f links *", sim.Choose(k, "loss", 0.02, 0.1, 0.25))
	}
}
