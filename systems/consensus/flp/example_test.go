package flp_test

import (
	"fmt"

	"github.com/parleysystems/parley/systems/consensus/flp"
)

// The protocol that waits for a majority: the shortest way to two outputs.
func ExampleExamine() {
	p, err := flp.Named("majority")
	if err != nil {
		panic(err)
	}
	r := flp.Examine(p, flp.Limits{Configurations: 10_000, Stages: 10, Crashes: 1})
	fmt.Println(r.Failure)
	fmt.Print(r.Failure.Schedule)

	// Output:
	// disagreement with inputs [1 1 0]: the outputs are [b 1 0] after 3 events
	// p0 receives nothing
	// p1 receives report(1) from p0
	// p2 receives report(1) from p0
}

// Paxos, undecided for as long as one likes, although nobody crashes and every
// message is received.
func ExampleAdversary() {
	c := flp.Initial(flp.Ballots(true), []flp.Value{0, 1, 1})
	a := flp.NewAdversary(c)
	for range 30 {
		if err := a.Stage(); err != nil {
			panic(err)
		}
	}
	fmt.Println(len(a.Stages), "stages, outputs", a.C.Outputs(), "and still", flp.Outcomes(a.C))

	// Output:
	// 30 stages, outputs [b b b] and still bivalent
}
