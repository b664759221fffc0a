package rsmtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Swarm is the experiment that looks for anything: the seed draws the cluster,
// all knobs, a workload, changes of membership and leadership, and a swarm of
// faults.
type Swarm struct {
	System, Name, Question string
	Canon, Sometimes       []string
	// Engine draws the engine's own knobs.
	Engine func(k *sim.Knobs, t *Trial) func(members []node.Addr) rsm.Engine
}

// Register makes the experiment known.
func (s Swarm) Register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: s.System, Name: s.Name, Question: s.Question, Hosts: "3 to 7", Canon: s.Canon, Sometimes: s.Sometimes,
		ReadPlan: CheckPlan,
		Params: []experiment.Param{
			{Name: "hosts", Kind: experiment.Int, Doc: "members at the start; 3 to 5 if not set"},
			{Name: "duration", Kind: experiment.Duration, Doc: "time under faults; 2 to 12 s if not set", Shrink: true},
			{Name: "clients", Kind: experiment.Int, Doc: "clients; 1 to 8 if not set", Shrink: true, Least: 1},
			{Name: "ops", Kind: experiment.Int, Doc: "operations of each client; 10 to 300 if not set", Shrink: true, Least: 1},
		},
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			settings := o.Settings()
			t := &Trial{Seed: seed, Options: o}
			s.draw(t, settings)
			t.Params = settings.Used()
			return t.Run()
		},
	})
}

func (s Swarm) draw(t *Trial, set *experiment.Settings) {
	k := sim.NewKnobs(t.Seed)
	hosts := set.Int("hosts", k.Int("hosts", 3, 5))
	t.Duration = set.Duration("duration", k.Duration("duration", 2*time.Second, 12*time.Second).Round(time.Millisecond))
	names := Names(hosts + 2)
	t.Config.Hosts, t.Config.Spare = names[:hosts], names[hosts:hosts+k.Int("spares", 0, 2)]
	t.Config.RSM = drawReplica(k)
	t.Config.Engine = s.Engine(k, t)
	t.Load = drawLoad(t.Seed, k, set)
	t.drawPlan(k)
}

func drawLoad(seed uint64, k *sim.Knobs, set *experiment.Settings) Load {
	return Load{
		Seed:      seed,
		Clients:   set.Int("clients", k.Int("clients", 1, 8)),
		Each:      set.Int("ops", k.Int("ops", 10, 300)),
		Mix:       workload.Mix{Keys: k.Int("keys", 1, 6), Read: 4, Write: 4, CAS: 2, Delete: 1},
		Think:     k.Duration("think", 100*time.Microsecond, 500*time.Millisecond),
		Patience:  k.Duration("patience", 300*time.Millisecond, 8*time.Second),
		Levels:    sim.Choose(k, "levels", readLevels...),
		Follow:    k.Chance("follow", 0.4),
		Remote:    k.Chance("remote", 0.3),
		Pipelined: k.Chance("pipelined", 0.3),
		Retry:     k.Duration("client-retry", 20*time.Millisecond, time.Second),
	}
}

var readLevels = [][]rsm.Level{
	{rsm.Linearizable}, {rsm.Lease}, {rsm.Linearizable, rsm.Lease}, {Log}, {rsm.Linearizable, rsm.Lease, Log},
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

func (t *Trial) drawPlan(k *sim.Knobs) {
	all := t.Hosts()
	t.Plan.Faults = append(t.Plan.Faults, sim.Swarm(t.Seed, all, t.Duration)...)
	if k.Chance("transfers", 0.3) {
		t.drawAdmin(k, "transfer", func(name string) Change { return Change{Leader: sim.Choose(k, name, all...)} })
	}
	if len(t.Config.Spare) > 0 {
		t.drawAdmin(k, "members", func(name string) Change {
			var members []string
			for _, host := range all {
				if k.Chance(name+" "+host, 0.6) {
					members = append(members, host)
				}
			}
			return Change{Members: members}
		})
	}
}

// drawAdmin draws up to 8 changes of a sort.
func (t *Trial) drawAdmin(k *sim.Knobs, sort string, draw func(name string) Change) {
	all := slices.Clone(t.Hosts())
	n := k.Int(sort+" count", 1, 8)
	for i := range n {
		name := fmt.Sprintf("%s %d", sort, i)
		c := draw(name)
		c.At = (t.Duration * time.Duration(i+1) / time.Duration(n+1)).Round(time.Millisecond)
		c.Ask = sim.Choose(k, name+" ask", all...)
		if c.Leader != "" || len(c.Members) > 0 {
			t.Plan.Admin = append(t.Plan.Admin, c)
		}
	}
}
