package rafttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
)

func joined(names []string) string { return strings.Join(names, ",") }

// Elections times how leaders are replaced.
var Elections = aim{
	name:  "elections",
	hosts: "5",
	question: `How long is a group without a leader? Five servers on a quiet network: as long as heartbeats flow
nobody campaigns; when the leader crashes somebody does between one and two election timeouts after it
was last heard of, and since each draws its timeout afresh, one of them wins soon. Ten leaders are
crashed, one after the other; the figures show the time to the first campaign and to the next leader.`,
	canon: []string{
		"raft.state.roles-and-heartbeats", "raft.election.randomized-timeouts", "raft.election.candidate-procedure",
	},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(5)
		t.config.Raft.ElectionTimeout = k.Duration("election-timeout", 20*time.Millisecond, 200*time.Millisecond)
		t.config.Raft.HeartbeatInterval = t.config.Raft.ElectionTimeout / 5
		t.config.Raft.NoPreVote = true
		t.load.Clients, t.duration = 0, time.Millisecond
		t.script = crashLeaders
	},
}.register()

// crashLeaders plays the rounds of Elections.
func crashLeaders(t *trial) error {
	s := &stage{t: t}
	timeout := t.config.Raft.ElectionTimeout
	campaigns := []time.Duration{}
	t.notes.Hear = func(e *trace.Event) {
		if e.Kind == trace.Note && e.What == "campaign" {
			campaigns = append(campaigns, e.At)
		}
	}
	const rounds = 10
	var gap, vacancy time.Duration
	for range rounds {
		s.until("somebody leads", func() bool { return t.cluster.Leader() != "" && s.calm() })
		campaigns = nil
		s.run(20 * timeout)
		if s.err == nil && len(campaigns) > 0 {
			return fmt.Errorf("a server campaigned at %v although heartbeats flow", campaigns[0])
		}
		leader, at := t.cluster.Leader(), s.world().Now()
		s.crash(leader)
		s.until("another leads", func() bool { return t.cluster.Leader() != "" })
		if s.err != nil {
			return s.err
		}
		first := campaigns[0] - at
		if early, late := timeout*4/5-slack, 2*timeout+slack; first < early || first > late {
			return fmt.Errorf("the first campaign came %v after the crash, with an election timeout of %v", first, timeout)
		}
		gap, vacancy = gap+first, vacancy+s.world().Now()-at
		s.restart(leader)
	}
	t.stats = map[string]float64{
		"campaign after, in timeouts": float64(gap) / rounds / float64(timeout),
		"leader after, in timeouts":   float64(vacancy) / rounds / float64(timeout),
	}
	return s.err
}

// slack is for delays of messages and disks.
const slack = 5 * time.Millisecond

// calm tells whether all running servers follow one leader.
func (s *stage) calm() bool {
	leader := s.t.cluster.Leader()
	for _, host := range s.t.cluster.Hosts() {
		if r := s.t.cluster.Replica(host); r == nil || r.Status().Leader.Host() != leader {
			return false
		}
	}
	return true
}
