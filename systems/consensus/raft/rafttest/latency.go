package rafttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
)

// Latency measures what a slow minority costs.
var Latency = aim{
	name:  "commit-latency",
	hosts: "5",
	once:  true,
	question: `How long does a command take with followers at different distances? The leader of five has
followers 1, 2, 50 and 500 milliseconds away, one way. A command is committed when two of them have stored
it: its latency is the round trip of the second-nearest and one write to its disk, and the two far ones do
not affect it.`,
	canon: []string{"raft.replication.common-case-cost", "rsm.stable.majority-not-all"},
	draw: func(_ *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(5)
		t.config.Raft.ElectionTimeout, t.config.Raft.HeartbeatInterval = 20*time.Second, time.Second
		t.config.Sim.Fsync = sim.Constant(diskTime)
		t.load.Clients, t.duration = 0, time.Millisecond
		t.script = measureLatency
	},
}.register()

const diskTime = 100 * time.Microsecond

func measureLatency(t *trial) error {
	s := &stage{t: t}
	distances := map[string]time.Duration{
		"b": time.Millisecond, "c": 2 * time.Millisecond, "d": 50 * time.Millisecond, "e": 500 * time.Millisecond,
	}
	for _, host := range []string{"b", "c", "d", "e"} {
		l := sim.Link{Delay: sim.Constant(distances[host])}
		s.world().Shape("a", host, l)
		s.world().Shape(host, "a", l)
	}
	s.elect("a")
	s.execute("a", 100)
	s.run(5 * time.Second)
	want := 2*distances["c"] + diskTime
	var worst time.Duration
	for id := uint64(1); id <= 20; id++ {
		began := s.world().Now()
		s.execute("a", id)
		took := s.world().Now() - began
		worst = max(worst, took)
		if s.err == nil && (took < want || took > want+diskTime) {
			return fmt.Errorf("command %d took %v, and the second-nearest follower answers after %v", id, took, want)
		}
	}
	t.stats = map[string]float64{"worst latency, ms": float64(worst) / 1e6, "round trip and disk, ms": float64(want) / 1e6}
	return s.err
}
