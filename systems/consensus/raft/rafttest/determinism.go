package rafttest

import (
	"errors"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
)

// Determinism executes a command that is none.
var Determinism = aim{
	name:  "determinism",
	hosts: "3",
	question: `Do copies stay equal that execute the same commands in the same order? Yes, after each of many
commands. But one of them writes what the replica's own clock shows, and the clocks differ: now the states
do. Then the replica that proposes looks at its clock, and proposes the value that it saw: the states are
equal again.`,
	canon: []string{"rsm.model.deterministic-operations"},
	draw: func(k *sim.Knobs, t *trial) {
		t.load.Clients, t.duration = 0, time.Millisecond
		for _, host := range t.config.Hosts {
			t.faults("at 0s step clock %s +%v", host, k.Duration("clock "+host, time.Millisecond, time.Hour))
		}
		t.script = stampAndMend
	},
}.register()

func stampAndMend(t *trial) error {
	if err := t.cluster.World.Apply(t.plan.Faults); err != nil {
		return err
	}
	s := &stage{t: t}
	s.until("somebody leads", func() bool { return t.cluster.Leader() != "" })
	leader := t.cluster.Leader()
	for id := uint64(1); id <= 10 && s.err == nil; id++ {
		s.execute(leader, id)
		s.until("all have applied it", func() bool { return s.executedAll(leader) })
		if s.err == nil && s.states() != 1 {
			return errors.New("deterministic commands gave different states")
		}
	}
	s.executeOp(leader, &Op{ID: 11, Verb: Stamp, Key: "clock"})
	s.until("all have applied it", func() bool { return s.executedAll(leader) })
	if s.err == nil && s.states() == 1 {
		return errors.New("three clocks that differ were written, and the states are equal")
	}
	resolved := t.cluster.World.Host(leader).Clock().Now().String()
	s.executeOp(leader, &Op{ID: 12, Verb: uint8(workload.Write), Key: "clock", Value: resolved})
	s.until("all have applied it", func() bool { return s.executedAll(leader) })
	if s.err == nil && s.states() != 1 {
		return errors.New("one value for all was written, and the states differ")
	}
	return s.err
}

// states returns how many different states the running replicas are in.
func (s *stage) states() int {
	seen := map[uint64]bool{}
	for _, host := range s.t.cluster.Hosts() {
		if r := s.t.cluster.Replica(host); r != nil {
			seen[r.Digest()] = true
		}
	}
	return len(seen)
}
