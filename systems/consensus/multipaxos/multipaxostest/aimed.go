package multipaxostest

import (
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/consensus/multipaxos"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// quick is a replica that suspects its leader soon.
var quick = multipaxos.Config{Timeout: 50 * time.Millisecond, HeartbeatInterval: 10 * time.Millisecond}

// Takeovers looks for a leader that begins with the wrong values.
var Takeovers = rsmtest.Aim{
	System: "multipaxos", Name: "takeovers", Hosts: "3 to 5",
	Question: `Does every leader propose what may have been chosen before it? Leaders are killed or cut off soon after
they begin, or just after they sent an Accept, one value a message and messages lost, so that acceptors hold
values of several ballots in one slot, and gaps; candidacies follow one another closely, since messages take
nearly as long as the timeout. What was chosen stays, and gaps are filled, or nothing behind them would be
executed.`,
	Canon:     []string{"multipaxos.leader.election-and-liveness"},
	Sometimes: []string{"three leaders or more", "values adopted", "gap filled", "proposer refused"},
	Enough:    40,
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		t.Config.Hosts = rsmtest.Names(k.Int("hosts", 3, 5))
		cfg.NoLease = k.Chance("no-lease", 0.8)
		cfg.MaxValuesPerMessage = sim.Choose(k, "max-values", 1, 1, 8)
		cfg.Alpha = sim.Choose(k, "alpha", 2, 8, 64)
		cfg.CheckpointThreshold = int64(sim.Choose(k, "checkpoint-threshold", 500, 5_000, 64<<20))
		cfg.KeepBytes = 1
		t.Config.Engine = engine(cfg)
		t.Config.RSM.MaxBatchBytes = 1
		t.Config.RSM.Pipeline, t.Config.RSM.Worthwhile = 8, 1
		t.Config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", time.Millisecond, 20*time.Millisecond))
		t.Config.Sim.Fsync = sim.Uniform(50*time.Microsecond, k.Duration("fsync", 100*time.Microsecond, 5*time.Millisecond))
		t.Load.Clients, t.Load.Each, t.Load.Think = 6, 100, 5*time.Millisecond
		t.Load.Patience = 500 * time.Millisecond
		span := k.Duration("span", 20*time.Millisecond, 300*time.Millisecond)
		t.Faults("from 0s to 3s on note \"lead\" of * with %.2f crash; restart after %v", sim.Choose(k, "kill", 0.1, 0.5), span)
		t.Faults("from 0s to 3s on send multipaxos.Accept of * with %.4f for %v partition isolate it", sim.Choose(k, "isolate", 0.005, 0.02, 0.08), span)
		t.Faults("from 0s to 3s on send multipaxos.Accept of * with %.4f for %v partition halves %s", sim.Choose(k, "split", 0.002, 0.02), span, t.Halves(k, "split"))
		t.Faults("from 0s to 3s on note \"lead\" of * with %.2f for %v partition one-way it -> %s", sim.Choose(k, "mute", 0.1, 0.4), span, sim.Choose(k, "victim", t.Config.Hosts...))
		loss := sim.Choose(k, "loss", 0.02, 0.1, 0.3)
		if k.Chance("gaps", 0.7) {
			// Of many values under way one gets lost on every link, the next does not,
			// and who proposed them is gone before it sends the first again.
			loss, cfg.MaxValuesPerMessage, cfg.Alpha = 0.3, 1, 64
			t.Config.Engine = engine(cfg)
			t.Faults("from 0s to 3s on send multipaxos.Accept of * with %.2f crash; restart after %v", sim.Choose(k, "gap", 0.01, 0.03), span)
		}
		t.Faults("from 0s to 3s loss %.2f links *", loss)
		t.Judge = takeoverMarks
	},
}.Register()

func takeoverMarks(t *rsmtest.Trial) error {
	t.Marks.Sometimes("values adopted", t.Notes.Counts["adopted"] > 0)
	t.Marks.Sometimes("gap filled", t.Notes.Counts["gap filled"] > 0)
	t.Marks.Sometimes("proposer refused", t.Notes.Counts["refused"] > 0)
	return nil
}

// Promises looks for an acceptor that does not keep one.
var Promises = rsmtest.Aim{
	System: "multipaxos", Name: "promises", Hosts: "3",
	Question: `Does an acceptor keep its promise, whatever happens to it? Two of three hosts cannot reach each other for
most of the time, and the third, which both of them need, crashes just after it promised the one and is back
before the Accepts of the other arrive, which are long under way. If it accepted them the candidate, which has
been told otherwise, would have another value chosen in the same slot.`,
	Canon:     []string{"multipaxos.leader.election-and-liveness"},
	Sometimes: []string{"three leaders or more", "values adopted", "proposer refused"},
	Draw: func(k *sim.Knobs, t *rsmtest.Trial) {
		cfg := quick
		cfg.NoLease = true
		cfg.Timeout = k.Duration("timeout-T", 15*time.Millisecond, 50*time.Millisecond)
		cfg.HeartbeatInterval = cfg.Timeout / 4
		cfg.MaxValuesPerMessage = sim.Choose(k, "max-values", 1, 8)
		t.Config.Engine = engine(cfg)
		t.Config.RSM.MaxBatchBytes = 1
		t.Config.RSM.Pipeline, t.Config.RSM.Worthwhile = 8, 1
		t.Config.Sim.Link.Delay = sim.Uniform(200*time.Microsecond, k.Duration("delay", 5*time.Millisecond, cfg.Timeout))
		t.Config.Sim.Link.Reorder = 1
		t.Config.Sim.Fsync = sim.Uniform(50*time.Microsecond, k.Duration("fsync", 100*time.Microsecond, 2*time.Millisecond))
		t.Load.Clients, t.Load.Each, t.Load.Think = 6, 200, 3*time.Millisecond
		t.Load.Patience = 300 * time.Millisecond
		for at := time.Duration(0); at < 2800*time.Millisecond; at += 300 * time.Millisecond {
			pair := sim.Choose(k, "pair "+at.String(), "a | b", "b | c", "a | c")
			t.Faults("at %v for 250ms partition halves %s", at+time.Millisecond, pair)
		}
		t.Faults("from 0s to 3s on send multipaxos.Promise of * with %.2f crash; restart after %v",
			sim.Choose(k, "forget", 0.1, 0.3, 0.6), k.Duration("away", 100*time.Microsecond, 3*time.Millisecond))
		t.Faults("from 0s to 3s on note \"lead\" of * with %.2f crash; restart after 20ms", sim.Choose(k, "kill", 0.05, 0.3))
		t.Judge = takeoverMarks
	},
}.Register()
