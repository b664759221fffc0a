package rsmtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Aim is an experiment whose faults and knobs go for one weak point. Draw sets up
// a trial that has three hosts, three seconds and a light load already, and must
// set Config.Engine.
type Aim struct {
	System, Name, Question, Hosts string
	Canon, Sometimes              []string
	Once                          bool
	Enough                        uint64 // as an experiment's
	Draw                          func(*sim.Knobs, *Trial)
}

// Register makes the experiment known. The duration and the operations of each
// client can be set from outside.
func (a Aim) Register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: a.System, Name: a.Name, Question: a.Question, Hosts: a.Hosts,
		Canon: a.Canon, Sometimes: a.Sometimes, Once: a.Once, Enough: a.Enough,
		ReadPlan: CheckPlan,
		Params: []experiment.Param{
			{Name: "duration", Kind: experiment.Duration, Doc: "time under faults", Shrink: true},
			{Name: "ops", Kind: experiment.Int, Doc: "operations of each client", Shrink: true, Least: 1},
		},
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			s := o.Settings()
			t := &Trial{Seed: seed, Options: o, Config: Options{Hosts: Names(3)}, Load: lightLoad(seed), Duration: 3 * time.Second}
			a.Draw(sim.NewKnobs(seed), t)
			t.Duration = s.Duration("duration", t.Duration)
			t.Load.Each = s.Int("ops", t.Load.Each)
			t.Params = s.Used()
			return t.Run()
		},
	})
}

// lightLoad is three clients that write and read all the time.
func lightLoad(seed uint64) Load {
	return Load{
		Seed: seed, Clients: 3, Each: 400, Mix: workload.Register(3),
		Think: 10 * time.Millisecond, Patience: 2 * time.Second, Levels: []rsm.Level{rsm.Linearizable},
	}
}

// Faults adds lines to the trial's plan.
func (t *Trial) Faults(format string, args ...any) {
	p, err := ParsePlan(fmt.Sprintf(format, args...))
	if err != nil {
		panic(fmt.Sprintf("rsmtest: %v", err))
	}
	t.Plan.Faults = append(t.Plan.Faults, p.Faults...)
	t.Plan.Admin = append(t.Plan.Admin, p.Admin...)
}

// Hosts returns all hosts' names, spare ones last.
func (t *Trial) Hosts() []string {
	return append(append([]string(nil), t.Config.Hosts...), t.Config.Spare...)
}

// Halves splits the trial's hosts in two groups at random, as text. The first
// host is in the first one, and neither is empty.
func (t *Trial) Halves(k *sim.Knobs, name string) string {
	all := t.Hosts()
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

// BusyReaders makes clients read a hot key at every host without a pause.
func (t *Trial) BusyReaders(level rsm.Level) {
	t.Load.Clients, t.Load.Each, t.Load.Think = 6, 200, 5*time.Millisecond
	t.Load.Mix.Keys, t.Load.Mix.Read, t.Load.Mix.Write, t.Load.Mix.CAS = 1, 3, 1, 0
	t.Load.Levels = []rsm.Level{level}
	t.Load.Patience = 300 * time.Millisecond
}
