package berkeley

import (
	"slices"
	"time"
)

// average returns the mean of the largest set of differences of which no two are
// further apart than gamma (the paper's fault-tolerant average). Of several such
// sets it takes the one with the least values.
func average(differences []time.Duration, gamma time.Duration) time.Duration {
	sorted := slices.Clone(differences)
	slices.Sort(sorted)
	best := sorted[:1]
	for from := range sorted {
		to := from
		//parley:rule timesync.berkeley.averaging value=true
		for to < len(sorted) && sorted[to]-sorted[from] <= gamma {
			to++
		}
		if to-from > len(best) {
			best = sorted[from:to]
		}
	}
	var sum time.Duration
	for _, d := range best {
		sum += d - best[0] // which keeps the sum small
	}
	return best[0] + sum/time.Duration(len(best))
}
