package rafttest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Linearizable is the experiment that looks for anything: the seed draws
// everything.
var Linearizable = experiment.Register(&experiment.Experiment{
	System: "raft", Name: "linearizable",
	Question: `Does a replicated store keep its promises whatever happens to it? The seed draws the
cluster (3 to 5 voters and up to 2 spares), all knobs of Raft and of the replicas, a workload of reads
at several levels, writes and swaps on a few keys, changes of membership and leadership, and a swarm of
faults: loss, delay, partitions of every shape, crashes aimed at the moments around an fsync, power
loss, pauses, slow and broken disks, wrong clocks. The five properties of the paper's Figure 3 are
watched throughout; in the end everything heals, the cluster must agree, and the history must be
linearizable by the order of execution and by Porcupine.`,
	Hosts: "3 to 7",
	Canon: []string{
		"raft.term.epochs", "raft.election.one-vote-per-term", "raft.election.at-most-one-leader-per-term",
		"raft.log.durable-entries", "raft.commit.majority-stored", "raft.log.matching-property",
		"raft.safety.state-machine-safety", "raft.safety.leader-completeness",
		"raft.election.up-to-date-check", "raft.replication.normal-operation", "raft.term.reject-or-step-down", "raft.client.redirect-and-retry",
		"rsm.viewchange.quorum-intersection", "rsm.approach.elect-replicate-execute",
		"consistency.linearizable.write-then-read", "consistency.linearizable.reads-never-go-back",
	},
	ReadPlan: CheckPlan,
	Params: []experiment.Param{
		{Name: "hosts", Kind: experiment.Int, Doc: "voters at the start; 3 to 5 if not set", Shrink: true, Least: 3},
		{Name: "duration", Kind: experiment.Duration, Doc: "time under faults; 2 to 12 s if not set", Shrink: true},
		{Name: "clients", Kind: experiment.Int, Doc: "clients; 1 to 8 if not set", Shrink: true, Least: 1},
		{Name: "ops", Kind: experiment.Int, Doc: "operations of each client; 10 to 300 if not set", Shrink: true, Least: 1},
	},
	Sometimes: []string{
		"three leaders or more", "snapshot installed", "membership changed", "operation of unknown outcome",
		"leader stepped down without a quorum", "split vote", "entries cut",
	},
	Run: runSwarm,
})

// swarm is one run of Linearizable.
type swarm struct {
	k        *sim.Knobs
	duration time.Duration
	config   Options
	load     Load
	plan     Plan
}

func drawSwarm(seed uint64, s *experiment.Settings) *swarm {
	w := &swarm{k: sim.NewKnobs(seed)}
	hosts := s.Int("hosts", w.k.Int("hosts", 3, 5))
	w.duration = s.Duration("duration", w.k.Duration("duration", 2*time.Second, 12*time.Second).Round(time.Millisecond))
	names := hostNames(hosts + 2)
	w.config = Options{
		Hosts: names[:hosts], Spare: names[hosts : hosts+w.k.Int("spares", 0, 2)],
		Raft: drawRaft(w.k), RSM: drawReplica(w.k), Sim: sim.Config{Job: drawJobs(w.k)},
	}
	w.load = Load{
		Seed:     seed,
		Clients:  s.Int("clients", w.k.Int("clients", 1, 8)),
		Each:     s.Int("ops", w.k.Int("ops", 10, 300)),
		Mix:      workload.Mix{Keys: w.k.Int("keys", 1, 6), Read: 4, Write: 4, CAS: 2, Delete: 1},
		Think:    w.k.Duration("think", 100*time.Microsecond, 500*time.Millisecond),
		Patience: w.k.Duration("patience", 300*time.Millisecond, 8*time.Second),
		Levels:   sim.Choose(w.k, "levels", readLevels...),
		Follow:   w.k.Chance("follow", 0.4),
		Remote:   w.k.Chance("remote", 0.3),
		Retry:    w.k.Duration("client-retry", 20*time.Millisecond, time.Second),
	}
	if len(w.config.Spare) > 0 && w.config.Raft.NoCheckQuorum {
		// A server that was removed and does not know it campaigns for ever.
		// One of the two must keep it from disturbing, or the group need not
		// come to rest (§6).
		w.config.Raft.NoPreVote = false
	}
	w.drawPlan(seed)
	return w
}

// hostNames returns a, b, c and so on.
func hostNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = string(rune('a' + i))
	}
	return names
}

var readLevels = [][]rsm.Level{
	{rsm.Linearizable}, {rsm.Lease}, {rsm.Linearizable, rsm.Lease}, {Log}, {rsm.Linearizable, rsm.Lease, Log},
}

// drawRaft draws the protocol's own knobs: a rule may only matter with a
// message that carries one entry, or a log that is cut after every other.
func drawRaft(k *sim.Knobs) raft.Config {
	c := raft.Config{
		ElectionTimeout:      k.Duration("election-timeout", 30*time.Millisecond, 500*time.Millisecond),
		NoPreVote:            k.Chance("no-pre-vote", 0.5),
		NoCheckQuorum:        k.Chance("no-check-quorum", 0.4),
		MaxInflight:          k.Int("max-inflight", 1, 64),
		MaxEntriesPerMessage: k.Int("max-entries", 1, 64),
		MaxBatchBytes:        int64(k.Int("max-batch-bytes", 1, 1<<16)),
		SnapshotThreshold:    int64(sim.Choose(k, "snapshot-threshold", 600, 3_000, 20_000, 64<<20)),
		KeepBytes:            int64(k.Int("keep-bytes", 1, 2000)),
		SnapshotChunk:        k.Int("snapshot-chunk", 16, 4096),
		SnapshotWindow:       k.Int("snapshot-window", 1, 8),
	}
	c.HeartbeatInterval = c.ElectionTimeout / time.Duration(k.Int("heartbeats", 3, 10))
	return c
}

// drawJobs draws how long it takes to write a snapshot, or to read one: seconds at
// times, in which much can happen to a server that has one it does not know yet.
func drawJobs(k *sim.Knobs) sim.Dist {
	if !k.Chance("slow-jobs", 0.3) {
		return sim.Dist{} // the world's own
	}
	return sim.Uniform(100*time.Microsecond, k.Duration("job-most", time.Millisecond, 2*time.Second))
}

func drawReplica(k *sim.Knobs) rsm.Config {
	retry := k.Duration("retry-after", 20*time.Millisecond, 600*time.Millisecond)
	return rsm.Config{
		RetryAfter:    retry,
		Timeout:       max(retry, k.Duration("timeout", 100*time.Millisecond, 8*time.Second)),
		MaxBatchBytes: k.Int("replica-batch-bytes", 1, 1<<14),
		Pipeline:      k.Int("pipeline", 1, 8),
		Worthwhile:    sim.Choose(k, "worthwhile", 1, 1<<10, 1<<14),
		MaxSessions:   sim.Choose(k, "max-sessions", 4, 64, 4096),
	}
}

func (w *swarm) drawPlan(seed uint64) {
	all := append(slices.Clone(w.config.Hosts), w.config.Spare...)
	w.plan.Faults = sim.Swarm(seed, all, w.duration)
	if w.k.Chance("transfers", 0.3) {
		w.drawAdmin("transfer", func(name string) Change { return Change{Leader: sim.Choose(w.k, name, all...)} })
	}
	if len(w.config.Spare) > 0 {
		w.drawAdmin("members", func(name string) Change {
			var members []string
			for _, host := range all {
				if w.k.Chance(name+" "+host, 0.6) {
					members = append(members, host)
				}
			}
			return Change{Members: members}
		})
	}
}

// drawAdmin draws up to 8 changes of a sort.
func (w *swarm) drawAdmin(sort string, draw func(name string) Change) {
	all := append(slices.Clone(w.config.Hosts), w.config.Spare...)
	n := w.k.Int(sort+" count", 1, 8)
	for i := range n {
		name := fmt.Sprintf("%s %d", sort, i)
		c := draw(name)
		c.At = (w.duration * time.Duration(i+1) / time.Duration(n+1)).Round(time.Millisecond)
		c.Ask = sim.Choose(w.k, name+" ask", all...)
		if c.Leader != "" || len(c.Members) > 0 {
			w.plan.Admin = append(w.plan.Admin, c)
		}
	}
}

func runSwarm(seed uint64, o experiment.Options) experiment.Result {
	s := o.Settings()
	w := drawSwarm(seed, s)
	return run(&trial{
		seed: seed, options: o, params: s.Used(), config: w.config, load: w.load, plan: w.plan, duration: w.duration,
	})
}
