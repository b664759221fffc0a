package ntp

import (
	"cmp"
	"math"
	"slices"
)

// cluster prunes truechimers whose offsets lie far from the others', until
// pruning would not help or few are left (section 11.2.2). What remains is
// sorted, the best first: lower strata before higher, and then by distance.
//
// How far one lies from the others is weighted with its root distance, which the
// RFC does not do and the reference implementation does. Else a majority of
// neighbours that agree with each other would throw out the references that they
// live by, and be followed in their place.
func cluster(all []candidate) []candidate {
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.merit(), b.merit()) })
	for len(all) > minClustered {
		worst, most, least := 0, -1.0, math.Inf(1)
		for i, c := range all {
			if far := selectionJitter(all, i) * c.distance; far > most {
				worst, most = i, far
			}
			least = min(least, c.a.jitter)
		}
		if selectionJitter(all, worst) <= least {
			break
		}
		all = slices.Delete(slices.Clone(all), worst, worst+1)
	}
	return all
}

func (c candidate) merit() float64 { return float64(c.a.stratum)*MaxDistance + c.distance }

// selectionJitter is the root mean square distance of the other candidates'
// offsets from one's.
func selectionJitter(all []candidate, one int) float64 {
	sum := 0.0
	for _, c := range all {
		d := c.offset - all[one].offset
		sum += float64(d * d)
	}
	return math.Sqrt(sum / float64(len(all)-1))
}

// combine averages the survivors' offsets, the closer the heavier (section
// 11.2.3), and returns with it the jitter of the whole.
func combine(all []candidate) (offset, jitter float64) {
	weights, sum := 0.0, 0.0
	for _, c := range all {
		w := 1 / c.distance
		weights += w
		sum += float64(w * c.offset)
		d := c.offset - all[0].offset
		jitter += float64(w * float64(d*d))
	}
	selection := jitter / weights
	return sum / weights, math.Sqrt(selection + float64(all[0].a.jitter*all[0].a.jitter))
}
