package benor_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/flp/benor"
)

// Five processes, of which two are down, begin with different values.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	cfg := benor.Config{F: 2}
	for i := range 5 {
		cfg.Members = append(cfg.Members, node.Join(fmt.Sprint("p", i), "benor"))
	}
	for i, a := range cfg.Members {
		w.Host(a.Host()).Serve(a.Service(), func() node.Node { return benor.New(cfg, benor.Value(i%2)) })
		if i >= 3 {
			w.Host(a.Host()).Crash()
		}
	}
	w.Run(10 * time.Second)
	outputs := map[benor.Value]int{}
	for _, a := range cfg.Members[:3] {
		outputs[w.Node(a).(*benor.Process).Output()]++
	}
	fmt.Println(len(outputs), "value, decided by all three:", outputs[0] == 3 || outputs[1] == 3)

	// Output:
	// 1 value, decided by all three: true
}
