package rafttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/workload"
)

// DeafLeader cuts all links to the leader, and none of those from it.
var DeafLeader = aim{
	name:  "deaf-leader",
	hosts: "3 to 5",
	question: `What becomes of a group whose leader is heard and hears nobody? Its heartbeats keep the others
from electing another, and it can commit nothing. It has to notice, and to step down, within two election
timeouts; the others then elect a leader that can work, and clients of theirs are served long before the
links are mended.`,
	canon:     []string{"raft.leader.check-quorum", "raft.state.roles-and-heartbeats"},
	sometimes: []string{"leader stepped down without a quorum"},
	draw: func(k *sim.Knobs, t *trial) {
		t.config.Hosts = hostNames(k.Int("hosts", 3, 5))
		t.config.Raft.NoPreVote = k.Chance("no-pre-vote", 0.5)
		t.load.Patience, t.load.Each = 300*time.Millisecond, 1000
		var deaf string
		var cut time.Duration
		t.script = func(t *trial) error {
			t.cluster.World.At(time.Second, func() {
				deaf = t.cluster.Leader()
				cut = t.deafen(deaf, 1500*time.Millisecond)
			})
			return nil
		}
		t.judge = func(t *trial) error {
			if cut == 0 {
				return nil // shrunk away
			}
			return t.servedBetween(cut+8*t.config.Raft.ElectionTimeout, cut+1500*time.Millisecond, deaf)
		}
	},
}.register()

// deafen cuts the links to a host for a while, and returns when that began.
func (t *trial) deafen(host string, d time.Duration) time.Duration {
	if host == "" {
		return 0
	}
	w := t.cluster.World
	heal := w.Cut(sim.OneWay(nil, []string{host}))
	w.After(d, heal)
	return w.Now()
}

// servedBetween demands that of the changes that clients asked of other hosts
// than one, within a time, one was made. It may be that none was asked of them:
// the clients may all wait for that one.
func (t *trial) servedBetween(from, to time.Duration, except string) error {
	asked := 0
	for _, op := range t.clients.History.History() {
		if op.Call < from || op.Call > to-t.load.Patience || op.In.ReadOnly() || t.clients.asked[op.ID] == except {
			continue
		}
		if asked++; op.Outcome == workload.OK && op.Return <= to {
			return nil
		}
	}
	if asked == 0 {
		return nil
	}
	return fmt.Errorf("availability: none of %d changes was served from %v to %v, although a majority could reach each other",
		asked, from, to)
}
