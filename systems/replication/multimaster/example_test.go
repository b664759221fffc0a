package multimaster_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/multimaster"
)

// Two copies are written while nothing passes between them, and agree afterwards.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	copies := []node.Addr{"oslo/copy", "rome/copy"}
	for _, a := range copies {
		w.Host(a.Host()).Serve(a.Service(), func() node.Node {
			return multimaster.New(multimaster.Config{Copies: copies, Converge: true})
		})
	}
	show := func() {
		for _, a := range copies {
			fmt.Println(a, "has", w.Node(a).(*multimaster.Copy).Value("colour"))
		}
	}
	mend := w.Cut(sim.Halves([]string{"oslo"}, []string{"rome"}))
	for i, colour := range []string{"red", "blue"} {
		w.Do(copies[i], func(n node.Node) { n.Receive("client/c", &multimaster.Write{Key: "colour", Value: colour}) })
	}
	w.Run(time.Second)
	show()
	mend()
	w.Run(10 * time.Second)
	show()
	// Output:
	// oslo/copy has red
	// rome/copy has blue
	// oslo/copy has blue
	// rome/copy has blue
}
