package primarybackuptest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Failover kills servers in the moments that decide what a successor has.
var Failover = rsmtest.Aim{
	System: "primarybackup", Name: "failover", Hosts: "3 to 4",
	Question: `Does every new primary have what was answered? Primaries die just after they begin, just after they told
the view server that their backup is complete, and just after they forwarded an operation; backups die during their
transfer; links lose, and state travels slowly, in the log or as a checkpoint, while clients go on. Nothing that was
answered may be missing afterwards, no operation may run twice that a client sent again to the next primary, and only
a backup that was complete may have taken over.`,
	Canon: []string{
		"primarybackup.replicate.log-forward-ack", "primarybackup.view.primary-ack-gates-next-view",
		"primarybackup.view.promote-only-backup", "primarybackup.transfer.op-before-or-after",
		"primarybackup.transfer.method", "primarybackup.goal.continuous-service", "primarybackup.order.single-orderer",
		"primarybackup.viewserver.authority", "rsm.atomicity.all-or-nothing",
	},
	Sometimes: []string{"three leaders or more", "checkpoint installed", "primary died before its acknowledgement", "primary died after its acknowledgement"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		s := quick()
		s.Server.IdleSpares = k.Chance("idle-spares", 0.7)
		s.Server.Whole = k.Chance("whole", 0.5)
		s.Server.MaxEntriesPerMessage = sim.Choose(k, "max-entries", 1, 8)
		s.Server.MaxInflight = sim.Choose(k, "max-inflight", 2, 16, 256)
		s.Server.CheckpointChunk = k.Int("checkpoint-chunk", 32, 1024)
		s.Server.CheckpointThreshold = int64(sim.Choose(k, "checkpoint-threshold", 1_000, 64<<20))
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 4))
		t.Config.RSM.MaxBatchBytes, t.Config.RSM.Pipeline = 1, 8
		t.Config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 8*time.Millisecond))
		t.Load.Clients, t.Load.Each, t.Load.Think = 6, 200, 5*time.Millisecond
		t.Load.Patience = 500 * time.Millisecond
		t.Load.Remote, t.Load.Retry = k.Chance("remote", 0.5), 30*time.Millisecond
		t.Load.Mix.Write, t.Load.Mix.Read, t.Load.Mix.Keys = 8, 2, 4
		down := k.Duration("down", 80*time.Millisecond, 600*time.Millisecond)
		for what, chance := range []float64{sim.Choose(k, "kill-new", 0, 0.2), sim.Choose(k, "kill-complete", 0.1, 0.5)} {
			note := []string{"lead", "acknowledge"}[what]
			t.Faults("from 100ms to 3s on note %q of * with %.2f crash; restart after %v", note, chance, down)
		}
		t.Faults("from 100ms to 3s on send relay.Update of * with %.4f crash; restart after %v", sim.Choose(k, "kill", 0.0005, 0.002), down)
		t.Faults("from 100ms to 3s on send relay.Update of * with %.4f for %v partition isolate it", sim.Choose(k, "isolate", 0.0005, 0.002), down)
		t.Faults("from 100ms to 3s on send pull.GetPiece of * with %.3f crash; restart after %v", sim.Choose(k, "kill-transfer", 0, 0.01), down)
		t.Faults("from 0s to 3s loss %.2f links *", sim.Choose(k, "loss", 0.01, 0.1))
		s.into(t)
		watchDeaths(t)
	},
}.Register()

// watchDeaths marks when primaries die: while their view is not acknowledged yet,
// or later.
func watchDeaths(t *rsmtest.Trial) {
	judge := t.Judge
	t.Judge = func(t *rsmtest.Trial) error {
		t.Marks.Sometimes("primary died before its acknowledgement", t.Notes.Counts["lead"] > t.Notes.Counts["acknowledge"])
		t.Marks.Sometimes("primary died after its acknowledgement", t.Notes.Counts["taken for dead"] > 0 && t.Cluster.Oracle.Leaderships > 1)
		return judge(t)
	}
}

// SplitBrain cuts a primary and some clients off from the view server.
var SplitBrain = rsmtest.Aim{
	System: "primarybackup", Name: "split-brain", Hosts: "3 to 4",
	Question: `Can two servers serve at once? Again and again the network splits in two, with the view server on one
side, a primary that is not told of its successor on the other, and clients that read and write without a pause on
both. Who lost its backup to a later view must complete nothing, reads included: what it would answer is old.`,
	Canon: []string{
		"primarybackup.splitbrain.disagreement", "primarybackup.view.number-in-rpcs",
		"primarybackup.goal.single-server-abstraction", "primarybackup.rule.non-primary-rejects-clients",
		"primarybackup.viewserver.false-death",
	},
	Sometimes: []string{"three leaders or more", "stale primary rejected"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		s := quick()
		s.Server.PingInterval, s.Patience.DeadPings = 5*time.Millisecond, 3
		s.Patience.PingInterval = s.Server.PingInterval
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 4))
		t.BusyReaders(sim.Choose(k, "level", rsm.Linearizable, rsm.Lease))
		t.Load.Clients, t.Load.Each = 8, 400
		for i := range 8 {
			at := time.Duration(200+300*i) * time.Millisecond
			alone := sim.Choose(k, fmt.Sprint("alone ", i), t.Config.Hosts...)
			switch sim.Choose(k, fmt.Sprint("cut ", i), "view server", "view server and backup", "one way", "halves") {
			case "view server":
				t.Faults("at %v for 150ms partition halves %s | %s", at, alone, viewHost)
			case "view server and backup":
				t.Faults("at %v for 150ms partition halves %s | %s,%s", at, alone, viewHost, without(t.Config.Hosts, alone))
			case "one way":
				t.Faults("at %v for 150ms partition one-way %s -> %s", at, viewHost, alone)
			case "halves":
				t.Faults("at %v for 150ms partition halves %s,%s", at, t.Halves(k, fmt.Sprint("halves ", i)), viewHost)
			}
		}
		s.into(t)
	},
}.Register()

// without returns the other hosts, with commas.
func without(hosts []string, some ...string) string {
	rest := slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return slices.Contains(some, h) })
	return strings.Join(rest, ",")
}

// FalseDeath cuts nothing but the primary's way to the view server.
var FalseDeath = rsmtest.Aim{
	System: "primarybackup", Name: "false-death", Hosts: "3",
	Question: `What if a healthy primary is taken for dead? Only the links between one server and the view server fail, a
server after the other; clients and the other servers reach it as before. It is replaced while it lives, and from
that moment it may answer nothing: its former backup refuses it, and says so.`,
	Canon:     []string{"primarybackup.viewserver.false-death", "primarybackup.view.number-in-rpcs", "primarybackup.splitbrain.disagreement"},
	Sometimes: []string{"three leaders or more", "stale primary rejected"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		s := quick()
		s.Server.PingInterval, s.Patience.PingInterval, s.Patience.DeadPings = 5*time.Millisecond, 5*time.Millisecond, 4
		t.BusyReaders(rsm.Linearizable)
		t.Load.Each = 500
		for i := range 6 {
			t.Faults("at %v for 250ms partition halves %s | %s", time.Duration(300+400*i)*time.Millisecond, t.Config.Hosts[i%3], viewHost)
		}
		t.Judge = func(t *rsmtest.Trial) error {
			if len(t.Plan.Faults) == 6 && (t.Notes.Counts["taken for dead"] == 0 || t.Cluster.Oracle.Leaderships < 2) {
				return fmt.Errorf("false death: %d servers were taken for dead and %d were primary: the cuts changed nothing",
					t.Notes.Counts["taken for dead"], t.Cluster.Oracle.Leaderships)
			}
			return nil
		}
		s.into(t)
	},
}.Register()

// Continuous loses one server after the other.
var Continuous = rsmtest.Aim{
	System: "primarybackup", Name: "continuous-service", Hosts: "4",
	Question: `How long is the service away when a server fails? A view server, a primary, a backup and idle servers,
five clients; every 600 milliseconds a server crashes, the first, the second and so on, and comes back half a
second later. After each crash some client is answered within the time that it takes to notice a death, change the
view and send again. Nothing that was answered is lost.`,
	Canon: []string{"primarybackup.goal.continuous-service", "primarybackup.view.no-backup-allowed"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		s := quick()
		t.Config.Hosts = rsmtest.Names(4)
		t.Config.RSM.RetryAfter = 40 * time.Millisecond
		t.Load.Clients, t.Load.Each, t.Load.Think = 5, 2000, 2*time.Millisecond
		t.Load.Patience = 200 * time.Millisecond
		for i := range 4 {
			t.Faults("at %v crash %s; restart after 500ms", crashAt(i), t.Config.Hosts[i])
		}
		t.Judge = func(t *rsmtest.Trial) error {
			if len(t.Plan.Faults) < 4 {
				return nil // shrunk away
			}
			return judgeWindows(t, 350*time.Millisecond) // 50 to notice, a client gives up after 200
		}
		s.into(t)
	},
}.Register()

func crashAt(i int) time.Duration { return time.Duration(400+600*i) * time.Millisecond }

// judgeWindows demands that after each crash a change was called and answered
// before long, and tells how long it took at most.
func judgeWindows(t *rsmtest.Trial, limit time.Duration) error {
	for i := range 4 {
		crash, first := crashAt(i), time.Duration(0)
		for _, op := range t.Clients.History.History() {
			if op.Outcome == workload.OK && op.Call >= crash && !op.In.ReadOnly() && (first == 0 || op.Return < first) {
				first = op.Return
			}
		}
		if first == 0 || first > crash+limit {
			return fmt.Errorf("availability: %s crashed at %v, and the first change after it was answered at %v", t.Config.Hosts[i], crash, first)
		}
		t.Stats["unavailable, ms"] = max(t.Stats["unavailable, ms"], float64(first-crash)/1e6)
	}
	return nil
}
