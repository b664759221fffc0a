package vrtest

import (
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// timeout is the election timeout of the one and the view timeout of the other.
const timeout = 100 * time.Millisecond

// contestants are the two engines with equal settings.
func contestants() map[string]func([]node.Addr) rsm.Engine {
	return map[string]func([]node.Addr) rsm.Engine{
		"raft": func(members []node.Addr) rsm.Engine {
			return raft.New(raft.Config{Members: members, ElectionTimeout: timeout, HeartbeatInterval: timeout / 10})
		},
		"vr": engine(vr.Config{ViewTimeout: timeout, HeartbeatInterval: timeout / 10}),
	}
}

// versus plays one script under both engines, and has a judge compare the figures.
type versus struct {
	name, question, hosts string
	canon, sometimes      []string
	setUp                 func(*rsmtest.Trial)
	play                  func(s *rsmtest.Stage, figures map[string]float64) error
	judge                 func(raft, vr map[string]float64, m *experiment.Marks) error
}

func (v versus) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "vr", Name: v.name, Question: v.question, Hosts: v.hosts, Canon: v.canon, Sometimes: v.sometimes,
		ReadPlan: rsmtest.CheckPlan,
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			quiet := o
			quiet.Trace, quiet.Inspect = nil, nil
			one, raftFigures := v.run("raft", seed, quiet)
			if one.Verdict != check.OK {
				return one
			}
			r, vrFigures := v.run("vr", seed, o)
			r.Hash = r.Hash*31 + one.Hash
			for name, value := range raftFigures {
				r.Stats["raft: "+name], r.Stats["vr: "+name] = value, vrFigures[name]
			}
			if r.Verdict != check.OK {
				return r
			}
			marks := experiment.Marks{}
			if err := v.judge(raftFigures, vrFigures, &marks); err != nil {
				r.Verdict, r.Violation = check.Violation, err.Error()
			}
			r.Marks = append(r.Marks, marks.Names()...)
			return r
		},
	})
}

// run plays the script under one engine.
func (v versus) run(name string, seed uint64, o experiment.Options) (experiment.Result, map[string]float64) {
	figures := map[string]float64{}
	t := &rsmtest.Trial{Seed: seed, Options: o, Duration: time.Millisecond}
	t.Config.Engine = contestants()[name]
	v.setUp(t)
	t.Script = func(t *rsmtest.Trial) error { return v.play(&rsmtest.Stage{T: t}, figures) }
	return t.Run(), figures
}
