package pbfttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Bursts loses what connections that are cut lose: all that is on its way, at the worst
// moments.
var Bursts = rsmtest.Aim{
	System: "pbft", Name: "bursts", Hosts: "4",
	Question: `Does a group come to rest in which connections are cut around each change of view? Whoever asks for another view, begins one, or sends a commit may lose
all that it says or hears for a moment; disks are slow, and keys are renewed all the time. Nobody lies. Once that is over, the group must be in one state and execute a
command within a few of the timeouts that the view changes have doubled, and then all hosts must answer writes and
reads, however long a read takes beside the time after which it is asked again.`,
	Canon:     []string{"pbft.viewchange.liveness-without-thrashing", "pbft.viewchange.committed-operations-survive"},
	Sometimes: []string{"view changed twice"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		t.Config.Hosts = rsmtest.Names(4)
		t.Load.Clients, t.Load.Each, t.Load.Think, t.Duration = 4, 60, 20*time.Millisecond, 2*time.Second
		cfg := pbft.Config{
			ViewTimeout: k.Duration("view-timeout", 50*time.Millisecond, 150*time.Millisecond), Worthwhile: 1,
			CheckpointInterval: sim.Choose(k, "interval", 4, 16, 128), KeyLifetime: k.Duration("keys", 100*time.Millisecond, 3*time.Second),
			Verify: remembering(),
		}
		t.Config.Sim.Link.Delay = sim.Uniform(100*time.Microsecond, k.Duration("delay", time.Millisecond, 20*time.Millisecond))
		t.Config.Sim.Fsync = sim.Uniform(100*time.Microsecond, k.Duration("fsync", time.Millisecond, 30*time.Millisecond))
		t.Config.RSM.RetryAfter = k.Duration("retry-after", 10*time.Millisecond, 100*time.Millisecond)
		t.Config.Engine = func(members []node.Addr) rsm.Engine {
			cfg := cfg
			cfg.Members = members
			return pbft.New(cfg)
		}
		moment := func(name string) time.Duration {
			return k.Duration(name, 5*time.Millisecond, 80*time.Millisecond).Round(time.Millisecond)
		}
		t.Faults(`from 100ms to 2s on note "view change" of * with 0.5 for %v partition isolate it`, moment("leaving"))
		t.Faults(`from 100ms to 2s on send pbft.NewView of * with 0.5 for %v loss 1 links it -> *`, moment("beginning"))
		t.Faults(`from 100ms to 2s on send pbft.Commit of * with 0.01 for %v loss 1 links it -> *`, moment("committing"))
		t.Faults(`from 100ms to 2s on send pbft.NewKey of * with 0.2 for %v loss 1 links * -> it`, moment("keys are cut"))
		t.Judge = func(t *rsmtest.Trial) error { return afterBursts(t, cfg.ViewTimeout) }
	},
}.Register()

// afterBursts wants that the group is at rest soon after, and that all doors work.
func afterBursts(t *rsmtest.Trial, timeout time.Duration) error {
	rest := t.Cluster.World.Now() - t.Duration
	t.Stats["rest ms"] = float64(rest) / 1e6
	t.Marks.Sometimes("view changed twice", t.Notes.Counts["view"] >= 8)
	if limit := t.Load.Patience + 32*timeout; rest > limit {
		return fmt.Errorf("liveness: the group has come to rest %v after the last fault, and has %v", rest, limit)
	}
	if n := t.Notes.Counts["send pbft.Request"]; n > 5000 {
		return fmt.Errorf("a few hundred requests are sent %d times: replicas pass them to and fro", n)
	}
	s := &rsmtest.Stage{T: t}
	for i, h := range t.Cluster.Hosts() {
		s.Execute(h, 1<<52+uint64(i))
		readAt(s, h)
	}
	return s.Err
}
