package pbfttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/consensus/pbft"
)

// Byzantine is the experiment that looks for anything.
var Byzantine = register(aim{
	name: "byzantine", hosts: "4 to 7",
	question: `Do a group of 3f+1 replicas and its clients keep their promises, whatever f of the replicas do?
The seed draws the group (f = 1 or 2), who lies and how, all knobs, a workload of reads, writes and swaps of clients that
take a result on the word of f+1, and faults of network and hosts: loss, delay, partitions, crashes, power loss. No two correct replicas may execute
different batches at a number or prepare two in a view; what is executed must be prepared at f+1 correct replicas; no
operation may be executed twice. When network and hosts are well again, but the liars are not, all operations must end,
the correct replicas must be in one state, and the history must be linearizable.`,
	canon: []string{
		"pbft.fault.arbitrary-behaviour", "pbft.bound.3f-plus-1", "pbft.smr.same-requests-same-order", "pbft.claim.one-failure",
		"pbft.commit.local-implies-committed", "pbft.viewchange.committed-operations-survive",
	},
	sometimes: []string{"view change", "view", "checkpoint installed", "equivocation", "rolled back"},
	draw: func(k *sim.Knobs, t *Trial) {
		f := k.Int("f", 1, 2)
		t.Config.Replicas, t.Config.Clients = 3*f+1, k.Int("clients", 1, 5)
		t.Config.Config = draw(k)
		drawNet(k, t)
		t.Config.Liars = drawLiars(k, t.Config.Replicas, f)
		t.Load.Each, t.Load.Think = k.Int("ops", 5, 60), k.Duration("think", time.Millisecond, 200*time.Millisecond)
		t.Load.Mix = workload.Mix{Keys: k.Int("keys", 1, 4), Read: 4, Write: 4, CAS: 2, Delete: 1}
		t.Load.ReadOnly = k.Chance("read-only", 0.6)
		t.Config.Gateway.ReadOnly = t.Load.ReadOnly
		t.Duration = k.Duration("duration", time.Second, 5*time.Second).Round(time.Millisecond)
		if k.Chance("faults", 0.7) {
			t.Plan = append(t.Plan, sim.Swarm(t.Seed, names(t.Config.Replicas), t.Duration)...)
		}
	},
})

// draw draws the protocol's own knobs.
func draw(k *sim.Knobs) pbft.Config {
	c := pbft.Config{
		ViewTimeout:        k.Duration("view-timeout", 30*time.Millisecond, 400*time.Millisecond),
		CheckpointInterval: sim.Choose(k, "checkpoint-interval", 1, 2, 5, 16, 128),
		MaxInflight:        k.Int("max-inflight", 1, 16),
		Worthwhile:         sim.Choose(k, "worthwhile", 1, 1, 2, 64),
		MaxBatch:           k.Int("max-batch", 1, 16),
		PageSize:           k.Int("page-size", 8, 256),
		Tentative:          k.Chance("tentative", 0.5),
		KeyLifetime:        k.Duration("key-lifetime", 200*time.Millisecond, time.Minute),
		Verify:             remembering(),
	}
	c.Window = c.CheckpointInterval * k.Int("windows", 1, 4)
	return c
}

func drawNet(k *sim.Knobs, t *Trial) {
	t.Config.Sim.Link.Delay = sim.Uniform(100*time.Microsecond, k.Duration("delay", 500*time.Microsecond, 15*time.Millisecond))
	t.Config.Sim.Link.Loss = sim.Choose(k, "loss", 0, 0, 0.02, 0.1)
	t.Config.Sim.Link.Reorder = sim.Choose(k, "reorder", 0, 0.1, 1)
	t.Config.Sim.Fsync = sim.Uniform(50*time.Microsecond, k.Duration("fsync", 100*time.Microsecond, 4*time.Millisecond))
}

func drawLiars(k *sim.Knobs, n, f int) map[string]Adversary {
	liars := map[string]Adversary{}
	for i := range k.Int("liars", 0, f) {
		host := names(n)[k.Int(fmt.Sprintf("liar %d", i), 0, n-1)]
		liars[host] = sim.Choose(k, fmt.Sprintf("lie %d", i), Library...)
	}
	if k.Chance("the first primary equivocates", 0.5) && len(liars) < f {
		liars["a"] = sim.Choose(k, "how", Equivocating, Contradicting)
	}
	return liars
}

func names(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = string(rune('a' + i))
	}
	return all
}

// aim is an experiment on a Trial that draw sets up: four replicas, two clients, two
// seconds and a light load to begin with.
type aim struct {
	name, question, hosts string
	canon, sometimes      []string
	once                  bool
	enough                uint64
	draw                  func(*sim.Knobs, *Trial)
}

func register(a aim) *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "pbft", Name: a.name, Question: a.question, Hosts: a.hosts, Canon: a.canon, Sometimes: a.sometimes,
		Once: a.once, Enough: a.enough,
		Params: []experiment.Param{
			{Name: "duration", Kind: experiment.Duration, Doc: "time under faults", Shrink: true},
			{Name: "ops", Kind: experiment.Int, Doc: "operations of each client", Shrink: true, Least: 1},
		},
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			s := o.Settings()
			t := &Trial{
				Seed: seed, Options: o, Config: Options{Clients: 2}, Duration: 2 * time.Second,
				Load: Load{Seed: seed, Each: 40, Mix: workload.Register(3), Think: 20 * time.Millisecond},
			}
			a.draw(sim.NewKnobs(seed), t)
			t.Duration = s.Duration("duration", t.Duration)
			t.Load.Each = s.Int("ops", t.Load.Each)
			t.Params = s.Used()
			return t.Run()
		},
	})
}
