package experiment_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
)

// An experiment turns a seed into a verdict; a campaign looks for the seed that
// breaks the promise, and for the parameters that are enough to break it.
func ExampleCampaign() {
	e := &experiment.Experiment{
		System: "dice", Name: "fair",
		Question: "Do a few dice ever show nothing but sixes?",
		Params:   []experiment.Param{{Name: "dice", Kind: experiment.Int, Shrink: true, Least: 1}},
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			s := o.Settings()
			n, sixes := s.Int("dice", 3), 0
			r := rand.New(rand.NewPCG(seed, 0))
			for range n {
				if r.IntN(6) == 5 {
					sixes++
				}
			}
			result := experiment.Result{Verdict: check.OK, Hash: r.Uint64(), Params: s.Used()}
			if sixes == n {
				result.Verdict, result.Violation = check.Violation, fmt.Sprintf("%d sixes", n)
			}
			return result
		},
	}
	report := experiment.Campaign{
		Experiments: []*experiment.Experiment{e}, From: 1, To: 10_000, Shrink: 20,
	}.Run(context.Background())
	found := report.Tallies[0].Findings[0]
	fmt.Println(report.Verdict(), "with", found.Result.Violation, "and in the smaller run", found.Shrunk.Result.Violation)
	// Output: violation with 3 sixes and in the smaller run 1 sixes
}
