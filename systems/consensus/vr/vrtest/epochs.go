package vrtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Epochs begins a new epoch all the time, and splits the group while it happens.
var Epochs = rsmtest.Aim{
	System: "vr", Name: "epochs", Hosts: "6",
	Question: `Can two groups go on side by side while one takes the place of the other? Six hosts, of which one to four
are members at a time, and some of the others learners; an administrator asks for a new group, often a disjoint
one, every few hundred milliseconds under load, so members become learners, and learners members. When an
epoch is proposed or begins, or a view does, the network splits, or a host dies, or is cut off. No two replicas
may execute different operations at an op-number, no view may have two primaries, no read may be stale, and in
the end the group must come to rest in one epoch.`,
	Canon:     []string{"vr.normal.primary-copy", "vr.viewchange.state-from-quorum"},
	Sometimes: []string{"membership changed", "three leaders or more", "checkpoint installed", "a learner was promoted", "a member became a learner"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		names := rsmtest.Names(6)
		n := k.Int("members", 1, 4)
		t.Config.Hosts, t.Config.Spare = names[:n], names[n:]
		cfg.NoLease = k.Chance("no-lease", 0.6)
		cfg.MaxEntriesPerMessage = sim.Choose(k, "max-entries", 1, 64)
		cfg.CheckpointThreshold = int64(sim.Choose(k, "checkpoint-threshold", 1_000, 4_000, 64<<20))
		cfg.KeepBytes = 1
		t.Config.Engine = engine(cfg)
		t.Load.Each, t.Load.Think = 150, 20*time.Millisecond
		t.Load.Patience = time.Second
		drawEpochs(k, t, names)
		strike(k, t)
	},
}.Register()

// drawEpochs asks for a new group again and again.
func drawEpochs(k *sim.Knobs, t *rsmtest.Trial, names []string) {
	every := k.Duration("every", 100*time.Millisecond, 600*time.Millisecond)
	for at, i := every, 0; at < t.Duration; at, i = at+every, i+1 {
		name := fmt.Sprintf("group %d ", i)
		group := drawGroup(k, name, names)
		for j := range k.Int(name+"asked", 1, 3) {
			t.Faults("at %v members %s ask %s", at+time.Duration(j)*time.Millisecond,
				strings.Join(group, ","), sim.Choose(k, fmt.Sprint(name, "ask", j), names...))
		}
	}
	t.Judge = func(t *rsmtest.Trial) error {
		t.Marks.Sometimes("a learner was promoted", t.Notes.Counts["promoted"] > 0)
		t.Marks.Sometimes("a member became a learner", t.Notes.Counts["demoted"] > 0)
		return nil
	}
}

// drawGroup draws one to four members and up to two learners.
func drawGroup(k *sim.Knobs, name string, hosts []string) []string {
	var group []string
	from, n := k.Int(name+"from", 0, len(hosts)-1), k.Int(name+"size", 1, 4)
	learners := k.Int(name+"learners", 0, 2)
	for i := range n + learners {
		host := hosts[(from+i)%len(hosts)]
		if i >= n {
			host = "learner:" + host
		}
		group = append(group, host)
	}
	return group
}

// strike draws what happens at the moments when groups and primaries change.
func strike(k *sim.Knobs, t *rsmtest.Trial) {
	span := k.Duration("span", 50*time.Millisecond, 600*time.Millisecond)
	moments := []string{`note "configuration"`, `note "epoch"`, `note "lead"`, "send vr.StartEpoch", "send vr.Prepare"}
	for i, moment := range moments {
		name := fmt.Sprintf("strike %d ", i)
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
