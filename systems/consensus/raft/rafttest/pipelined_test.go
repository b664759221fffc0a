package rafttest

import (
	"testing"

	"github.com/parleysystems/parley/kernel/experiment"
)

// What Linearizable demands holds, too, for clients whose operations travel many
// in a message.
func TestPipelinedClientsAreLinearizable(t *testing.T) {
	e := *Linearizable
	e.Name, e.Sometimes = "pipelined", nil
	e.Run = func(seed uint64, o experiment.Options) experiment.Result {
		s := o.Settings()
		w := drawSwarm(seed, s)
		w.load.Remote, w.load.Pipelined = true, true
		return run(&trial{
			seed: seed, options: o, params: s.Used(), config: w.config, load: w.load, plan: w.plan, duration: w.duration,
		})
	}
	n := uint64(40)
	if testing.Short() {
		n = 5
	}
	experiment.Test(t, &e, n)
}
