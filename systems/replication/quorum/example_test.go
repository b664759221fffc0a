package quorum_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/quorum"
)

// reader is a node with a client.
type reader struct {
	copies []node.Addr
	client *quorum.Client
}

func (r *reader) Start(env node.Env) {
	r.client = quorum.NewClient(env, quorum.Majorities(r.copies))
	env.Go(func(t node.Task) {
		if err := r.client.Write(t, "colour", "green"); err != nil {
			fmt.Println(err)
		}
		fmt.Println(r.client.Read(t, "colour"))
	})
}

func (r *reader) Receive(from node.Addr, m node.Message) { r.client.Receive(from, m) }

// Two of three copies are enough.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	copies := []node.Addr{"a/copy", "b/copy", "c/copy"}
	for _, a := range copies {
		w.Host(a.Host()).Serve(a.Service(), func() node.Node { return quorum.NewCopy() })
	}
	w.Host("c").Crash()
	w.Host("x").Serve("client", func() node.Node { return &reader{copies: copies} })
	w.Run(time.Second)
	// Output: green <nil>
}
