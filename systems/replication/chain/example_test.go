package chain_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/chain"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Three replicas in a row, and three masters that run on Raft. The middle one
// crashes, and the masters take it out of the row.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	var replicas, masters []node.Addr
	for _, h := range []string{"a", "b", "c"} {
		replicas, masters = append(replicas, node.Join(h, "store")), append(masters, node.Join("m-"+h, "configuration"))
	}
	for _, a := range masters {
		w.Host(a.Host()).Serve("configuration", func() node.Node {
			return chain.NewMaster(raft.New(raft.Config{Members: masters}), chain.MasterConfig{Founders: replicas})
		})
	}
	for _, a := range replicas {
		w.Host(a.Host()).Serve("store", func() node.Node {
			return rsm.New(chain.New(chain.Config{Masters: masters, Apportioned: true}), rsmtest.NewLedger(), rsm.Config{})
		})
	}
	at := func(h string) *chain.Replica {
		return w.Node(node.Join(h, "store")).(*rsm.Replica).Engine().(*chain.Replica)
	}
	w.Run(3 * time.Second)
	fmt.Println(at("a").Configuration().Chain)
	w.Host("b").Crash()
	w.Run(3 * time.Second)
	fmt.Println(at("a").Configuration().Chain)

	// Output:
	// [a/store b/store c/store]
	// [a/store c/store]
}
