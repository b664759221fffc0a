package rafttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// aim is an experiment whose faults and knobs go for one weak point. draw sets
// up a trial that has a small cluster and a light load already.
type aim struct {
	name, question, hosts string
	canon, sometimes      []string
	once                  bool
	draw                  func(*sim.Knobs, *trial)
}

// register makes the experiment known. The duration and the operations of each
// client can be set from outside.
func (a aim) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "raft", Name: a.name, Question: a.question, Hosts: a.hosts,
		Canon: a.canon, Sometimes: a.sometimes, Once: a.once,
		ReadPlan: CheckPlan,
		Params: []experiment.Param{
			{Name: "duration", Kind: experiment.Duration, Doc: "time under faults", Shrink: true},
			{Name: "ops", Kind: experiment.Int, Doc: "operations of each client", Shrink: true, Least: 1},
		},
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			s := o.Settings()
			t := &trial{seed: seed, options: o, config: Options{Hosts: hostNames(3), Raft: quick}, load: lightLoad(seed), duration: 3 * time.Second}
			a.draw(sim.NewKnobs(seed), t)
			t.duration = s.Duration("duration", t.duration)
			t.load.Each = s.Int("ops", t.load.Each)
			t.params = s.Used()
			return run(t)
		},
	})
}

// quick is a Raft that elects often.
var quick = raft.Config{ElectionTimeout: 50 * time.Millisecond, HeartbeatInterval: 10 * time.Millisecond}

// lightLoad is three clients that write and read all the time.
func lightLoad(seed uint64) Load {
	return Load{
		Seed: seed, Clients: 3, Each: 400, Mix: workload.Register(3),
		Think: 10 * time.Millisecond, Patience: 2 * time.Second, Levels: []rsm.Level{rsm.Linearizable},
	}
}

// faults adds lines to the trial's plan.
func (t *trial) faults(format string, args ...any) {
	p, err := ParsePlan(fmt.Sprintf(format, args...))
	if err != nil {
		panic(fmt.Sprintf("rafttest: %v", err))
	}
	t.plan.Faults = append(t.plan.Faults, p.Faults...)
	t.plan.Admin = append(t.plan.Admin, p.Admin...)
}

// halves splits the trial's hosts in two groups at random, as text. The
// first host is in the first one, and neither is empty.
func (t *trial) halves(k *sim.Knobs, name string) string {
	all := t.hosts()
	with, without := []string{all[0]}, []string(nil)
	for i, h := range all[1:] {
		if k.Chance(name+" "+h, 0.5) || i == len(all)-2 && without == nil {
			without = append(without, h)
		} else {
			with = append(with, h)
		}
	}
	return strings.Join(with, ",") + " | " + strings.Join(without, ",")
}

func (t *trial) hosts() []string {
	return append(append([]string(nil), t.config.Hosts...), t.config.Spare...)
}
