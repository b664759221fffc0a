package clocktest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
)

// question is an experiment on random executions: judge looks at one.
type question struct {
	name, text string
	canon      []string
	sometimes  []string
	judge      func(*ordertest.Run, *Execution) error
}

func (q question) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "logicalclock", Name: q.name, Question: q.text, Canon: q.canon,
		Sometimes: q.sometimes, Hosts: "2 to 8",
		Params: []experiment.Param{
			{Name: "processes", Kind: experiment.Int, Doc: "processes, 2 to 8", Shrink: true, Least: 2},
			{Name: "events", Kind: experiment.Int, Doc: "events of the execution, 8 to 160", Shrink: true, Least: 2},
		},
		Run: q.run,
	})
}

func (q question) run(seed uint64, o experiment.Options) experiment.Result {
	k, s := sim.NewKnobs(seed), o.Settings()
	processes := s.Int("processes", k.Int("processes", 2, 8))
	events := s.Int("events", k.Int("events", 8, 160))
	return ordertest.Do(seed, o, ordertest.Setup{
		Sim: sim.Config{Link: sim.Link{
			Delay:     sim.LongTail(k.Duration("delay", 100*time.Microsecond, 50*time.Millisecond), time.Second),
			Loss:      sim.Choose(k, "loss", 0, 0.01, 0.3),
			Duplicate: sim.Choose(k, "duplicate", 0, 0.2),
			Reorder:   sim.Choose(k, "reorder", 0, 0.5, 1.0),
		}},
		Params: s.Used(),
		Body: func(r *ordertest.Run) error {
			x, err := execute(r, processes, events, k.Duration("pause", time.Millisecond, 50*time.Millisecond))
			if err != nil {
				return err
			}
			r.Stats["events"] = float64(len(x.Events))
			return q.judge(r, x)
		},
	})
}

// execute runs processes until there are enough events.
func execute(r *ordertest.Run, processes, events int, pause time.Duration) (*Execution, error) {
	x := NewExecution(processes, events)
	peers := make([]node.Addr, processes)
	for i, host := range ordertest.Hosts(processes) {
		peers[i] = node.Join(host, "process")
	}
	for i, a := range peers {
		r.World.Host(a.Host()).Serve(a.Service(), func() node.Node {
			return &process{id: i, peers: peers, pause: pause, seen: x}
		})
	}
	if err := r.Follow(); err != nil {
		return nil, err
	}
	if !r.World.RunUntil(x.Full, time.Hour) {
		return nil, fmt.Errorf("%d events in an hour, want %d", len(x.Events), events)
	}
	return x, nil
}
