package raft_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Three servers replicate a state machine (journal, which remembers its
// commands); the leader crashes, and nothing is lost.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	members := []node.Addr{"a/raft", "b/raft", "c/raft"}
	for _, m := range members {
		w.Host(m.Host()).Serve(m.Service(), func() node.Node {
			return rsm.New(raft.New(raft.Config{Members: members}), &journal{}, rsm.Config{})
		})
	}

	// Any replica takes commands and brings them to the leader.
	for i, m := range members {
		w.Do(m, func(n node.Node) {
			n.(*rsm.Replica).Propose(fmt.Append(nil, "from ", m.Host()), func(_ []byte, err error) {
				fmt.Println("command", i, "done, error:", err)
			})
		})
		w.Run(2 * time.Second)
	}

	// Whoever leads goes down; another takes over.
	replica := func(m node.Addr) *rsm.Replica { return w.Node(m).(*rsm.Replica) }
	leader := replica("a/raft").Status().Leader
	w.Host(leader.Host()).Crash()
	w.Run(2 * time.Second)
	w.Host(leader.Host()).Restart()
	w.Run(2 * time.Second)

	w.Do(leader, func(node.Node) {
		replica(leader).Read(rsm.Linearizable, func(err error) {
			fmt.Printf("%s, error: %v\n", replica(leader).Query(nil), err)
		})
	})
	w.Run(time.Second)
	fmt.Println("another leads:", replica(leader).Status().Leader != leader)

	// Output:
	// command 0 done, error: <nil>
	// command 1 done, error: <nil>
	// command 2 done, error: <nil>
	// [from a from b from c], error: <nil>
	// another leads: true
}
