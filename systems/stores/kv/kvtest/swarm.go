package kvtest

import (
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Everything is the experiment that looks for anything: the seed draws all.
var Everything = aim{
	name:  "everything",
	hosts: "3 to 5, and clients",
	question: `Does the store keep its promises whatever happens to it? The seed draws the group, the knobs of
Raft, of the replicas and of the hosts, clients that read, write, swap and delete keys, holders of leases
and of a lock, watches that read slowly and change hosts, an operator who compacts, a quota, and a swarm
of faults. In the end everything heals. The history of the keys must be linearizable by the order of
execution, by the revisions, and by Porcupine; every answer, every event of a watch and every replica must
be as in a store without anything clever that executes the same commands; no lease may end early or live
on for ever; no two clients may hold the lock at a time.`,
	canon: []string{
		"consistency.linearizable.write-then-read", "consistency.linearizable.reads-never-go-back",
		"consistency.components.durability-and-ordering", "rsm.model.deterministic-operations",
		"rsm.approach.elect-replicate-execute", "raft.client.redirect-and-retry", "raft.client.exactly-once",
	},
	sometimes: []string{
		"operation of unknown outcome", "lease expired", "lease expired under a new leader", "watch fell behind",
		"watch resumed at another replica", "watch resumed across a compaction", "transaction lost a race", "transaction within another",
		"lease ID used again",
	},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(k.Int("hosts", 3, 5))
		t.config.Raft, t.config.RSM = drawRaft(k), drawReplica(k)
		if k.Chance("slow-jobs", 0.3) { // snapshots are written, and read, for seconds at times
			t.config.Sim.Job = sim.Uniform(100*time.Microsecond, k.Duration("job-most", time.Millisecond, 2*time.Second))
		}
		t.config.Quota = sim.Choose(k, "quota", 0, 0, 0, int64(4_000))
		t.config.Look = k.Duration("look", 10*time.Millisecond, 500*time.Millisecond)
		t.duration = k.Duration("duration", 2*time.Second, 12*time.Second).Round(time.Millisecond)
		t.load = Load{
			Clients: k.Int("clients", 1, 6), Each: k.Int("ops", 10, 150),
			Mix:      workload.Mix{Keys: k.Int("keys", 1, 6), Prefix: "", Read: 4, Write: 4, CAS: 2, Delete: 1},
			Think:    k.Duration("think", 100*time.Microsecond, 500*time.Millisecond),
			Patience: k.Duration("patience", 300*time.Millisecond, 8*time.Second),
			Levels:   sim.Choose(k, "levels", []rsm.Level{rsm.Linearizable}, []rsm.Level{rsm.Lease}, []rsm.Level{rsm.Linearizable, rsm.Lease}),
			Remote:   k.Chance("remote", 0.3),
			Retry:    k.Duration("client-retry", 20*time.Millisecond, time.Second),
			Pad:      sim.Choose(k, "pad", 0, 0, 200),
		}
		t.tenants, t.lockers, t.watches = k.Int("tenants", 0, 3), k.Int("lockers", 0, 3), k.Int("watches", 0, 8)
		t.restless = sim.Choose(k, "restless", 0, 0.02, 0.3)
		t.compact = sim.Choose(k, "compact", 0, k.Duration("compact every", 20*time.Millisecond, 2*time.Second))
		t.lag = sim.Choose(k, "lag", 0, 3, 30)
		t.plan = sim.Swarm(t.seed, t.config.Hosts, t.duration)
	},
}.register()

// hostNames returns a, b, c and so on.
func hostNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = string(rune('a' + i))
	}
	return names
}

// drawRaft draws the knobs that decide how often leaders change and snapshots
// are needed.
func drawRaft(k *sim.Knobs) raft.Config {
	c := raft.Config{
		ElectionTimeout:      k.Duration("election-timeout", 30*time.Millisecond, 500*time.Millisecond),
		NoPreVote:            k.Chance("no-pre-vote", 0.5),
		MaxInflight:          k.Int("max-inflight", 1, 64),
		MaxEntriesPerMessage: k.Int("max-entries", 1, 64),
		SnapshotThreshold:    int64(sim.Choose(k, "snapshot-threshold", 600, 3_000, 20_000, 64<<20)),
		KeepBytes:            int64(k.Int("keep-bytes", 1, 2000)),
		SnapshotChunk:        k.Int("snapshot-chunk", 64, 4096),
		SnapshotWindow:       k.Int("snapshot-window", 1, 8),
	}
	c.HeartbeatInterval = c.ElectionTimeout / time.Duration(k.Int("heartbeats", 3, 10))
	return c
}

func drawReplica(k *sim.Knobs) rsm.Config {
	retry := k.Duration("retry-after", 20*time.Millisecond, 600*time.Millisecond)
	return rsm.Config{
		RetryAfter:    retry,
		Timeout:       max(retry, k.Duration("timeout", 100*time.Millisecond, 8*time.Second)),
		MaxBatchBytes: k.Int("replica-batch-bytes", 1, 1<<14),
		Pipeline:      k.Int("pipeline", 1, 8),
		Worthwhile:    sim.Choose(k, "worthwhile", 1, 1<<10, 1<<14),
		MaxSessions:   sim.Choose(k, "max-sessions", 8, 64, 4096),
	}
}

// aim is an experiment; draw sets up its trial, which has a light load already.
type aim struct {
	name, question, hosts string
	canon, sometimes      []string
	draw                  func(*sim.Knobs, *trial)
}

func (a aim) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "kv", Name: a.name, Question: a.question, Hosts: a.hosts, Canon: a.canon, Sometimes: a.sometimes,
		Params: []experiment.Param{
			{Name: "duration", Kind: experiment.Duration, Doc: "time under faults", Shrink: true},
			{Name: "clients", Kind: experiment.Int, Doc: "clients of keys", Shrink: true, Least: 1},
			{Name: "ops", Kind: experiment.Int, Doc: "operations of each of them", Shrink: true, Least: 1},
		},
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			s := o.Settings()
			t := &trial{
				seed: seed, options: o, duration: 8 * time.Second,
				config: Options{Hosts: hostNames(3), Raft: quick, Look: 50 * time.Millisecond},
				load: Load{
					Clients: 2, Each: 40, Mix: workload.Mix{Keys: 3, Read: 2, Write: 3, CAS: 1, Delete: 1}, Think: 100 * time.Millisecond,
					Patience: 2 * time.Second, Retry: 200 * time.Millisecond, Levels: []rsm.Level{rsm.Linearizable},
				},
			}
			a.draw(sim.NewKnobs(seed), t)
			t.duration = s.Duration("duration", t.duration)
			t.load.Clients = s.Int("clients", t.load.Clients)
			t.load.Each = s.Int("ops", t.load.Each)
			t.params = s.Used()
			return run(t)
		},
	})
}

// quick is a Raft that elects often.
var quick = raft.Config{ElectionTimeout: 50 * time.Millisecond, HeartbeatInterval: 10 * time.Millisecond}
