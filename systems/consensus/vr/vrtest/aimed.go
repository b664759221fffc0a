package vrtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// quick is a replica that changes views often.
var quick = vr.Config{ViewTimeout: 50 * time.Millisecond, HeartbeatInterval: 10 * time.Millisecond}

// ViewChanges looks for a view that begins with the wrong log.
var ViewChanges = rsmtest.Aim{
	System: "vr", Name: "view-changes", Hosts: "3 to 5",
	Question: `Does every view begin with the right log? Primaries are killed or cut off soon after they begin, or
just after they sent a Prepare, one entry a message, so that logs of dead primaries lie about that are longer
than those of later views; views follow one another closely, since messages take nearly as long as the view
timeout. Nothing that was committed may be lost, and no view may have two primaries.`,
	Canon:     []string{"vr.viewchange.state-from-quorum", "vr.normal.primary-copy", "rsm.viewchange.quorum-intersection"},
	Sometimes: []string{"three leaders or more", "new primary lacked entries"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 5))
		cfg.NoLease = k.Chance("no-lease", 0.7)
		cfg.MaxEntriesPerMessage = sim.Choose(k, "max-entries", 1, 8)
		t.Config.Engine = engine(cfg)
		t.Config.RSM.MaxBatchBytes = 1
		t.Config.RSM.Pipeline, t.Config.RSM.Worthwhile = 8, 1
		t.Config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 12*time.Millisecond))
		t.Config.Sim.Fsync = sim.Uniform(50*time.Microsecond, k.Duration("fsync", 100*time.Microsecond, 5*time.Millisecond))
		t.Load.Clients, t.Load.Each, t.Load.Think = 6, 100, 5*time.Millisecond
		t.Load.Patience = 500 * time.Millisecond
		span := k.Duration("span", 30*time.Millisecond, 500*time.Millisecond)
		t.Faults("from 0s to 3s on note \"lead\" of * with %.2f crash; restart after %v", sim.Choose(k, "kill", 0.1, 0.5), span)
		t.Faults("from 0s to 3s on send vr.Prepare of * with %.4f for %v partition isolate it", sim.Choose(k, "isolate", 0.002, 0.01, 0.05), span)
		t.Faults("from 0s to 3s on send vr.Prepare of * with %.4f for %v partition halves %s", sim.Choose(k, "split", 0.001, 0.01), span, t.Halves(k, "split"))
		t.Faults("from 0s to 3s on note \"log chosen\" of * with %.2f crash; restart after %v", sim.Choose(k, "kill-chosen", 0.05, 0.3), span)
		t.Faults("from 0s to 3s on send vr.StartView of * with %.3f for %v partition isolate it", sim.Choose(k, "hide", 0.02, 0.1), span)
		t.Faults("from 0s to 3s loss %.2f links *", sim.Choose(k, "loss", 0.01, 0.1, 0.25))
		t.Judge = func(t *rsmtest.Trial) error {
			t.Marks.Sometimes("new primary lacked entries", t.Notes.Counts["lacked entries"] > 0)
			return nil
		}
	},
}.Register()

// Recovery crashes replicas that keep their log in memory alone.
var Recovery = rsmtest.Aim{
	System: "vr", Name: "recovery", Hosts: "3 to 5",
	Question: `Does a group keep its promises whose replicas keep their log in memory alone? One replica at a time
crashes and recovers its log from the others, over links that lose and delay, while primaries change and logs
are cut, and in half of the runs members are replaced. What was acknowledged must survive, although no disk has it.`,
	Canon:     []string{"vr.viewchange.state-from-quorum", "vr.normal.primary-copy"},
	Sometimes: []string{"three leaders or more", "replica recovered", "checkpoint taken", "replica recovered into a later epoch"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		cfg.Volatile = true
		cfg.CheckpointThreshold = int64(sim.Choose(k, "checkpoint-threshold", 1000, 20_000, 1<<30))
		cfg.KeepBytes = int64(k.Int("keep-bytes", 1, 2000))
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 5))
		t.Config.Engine = engine(cfg)
		t.Config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 8*time.Millisecond))
		t.Load.Each, t.Load.Think = 150, 15*time.Millisecond
		t.Faults("from 0s to 2.6s loss %.2f links *", sim.Choose(k, "loss", 0.01, 0.05, 0.15))
		for at, n := 300*time.Millisecond, 0; at < 2600*time.Millisecond; at, n = at+600*time.Millisecond, n+1 {
			name := []string{"first", "second", "third", "fourth", "fifth"}[n]
			t.Faults("at %v crash %s; restart after %v", at, sim.Choose(k, name, t.Config.Hosts...), k.Duration(name+" down", time.Millisecond, 200*time.Millisecond))
		}
		t.Faults("at 500ms for 200ms partition halves %s", t.Halves(k, "split"))
		if k.Chance("epochs", 0.5) {
			replaceInTurn(k, t)
		}
		t.Judge = func(t *rsmtest.Trial) error {
			t.Marks.Sometimes("replica recovered", t.Notes.Counts["recovered"] > 0)
			t.Marks.Sometimes("replica recovered into a later epoch", t.Notes.Counts["recovers into an epoch"] > 0)
			return nil
		}
	},
}.Register()

// replaceInTurn has one member give way to another several times, often while one is
// down that will not have heard of it.
func replaceInTurn(k *sim.Knobs, t *rsmtest.Trial) {
	n := len(t.Config.Hosts)
	names := rsmtest.Names(n + 1)
	t.Config.Spare = names[n:]
	for i := range 4 {
		at := 300*time.Millisecond + time.Duration(i)*600*time.Millisecond + k.Duration(fmt.Sprint("replace ", i), time.Millisecond, 300*time.Millisecond)
		leaves := (i + k.Int(fmt.Sprint("leaves ", i), 0, n)) % (n + 1)
		group := slices.Delete(slices.Clone(names), leaves, leaves+1)
		for j := range 3 {
			t.Faults("at %v members %s ask %s", at+time.Duration(j)*time.Millisecond, strings.Join(group, ","), names[(leaves+j+1)%(n+1)])
		}
	}
}
