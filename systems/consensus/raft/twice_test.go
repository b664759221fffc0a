package raft_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

func TestRunsAreDeterministic(t *testing.T) {
	sim.Twice(t, sim.Config{Seed: 7}, func(w *sim.World) {
		members := []node.Addr{"a/raft", "b/raft", "c/raft"}
		for _, m := range members {
			w.Host(m.Host()).Serve("raft", func() node.Node {
				return rsm.New(raft.New(raft.Config{Members: members}), &journal{}, rsm.Config{})
			})
		}
		for i := range 50 {
			w.At(time.Duration(i)*50*time.Millisecond, func() {
				w.Do(members[i%3], func(n node.Node) {
					n.(*rsm.Replica).Propose([]byte(fmt.Sprint(i)), func([]byte, error) {})
				})
			})
		}
		w.At(time.Second, w.Host("a").Crash)
		w.At(2*time.Second, w.Host("a").Restart)
		w.Run(4 * time.Second)
	})
}
