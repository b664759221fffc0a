package ntp

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// servers makes candidates of offsets and root distances, in milliseconds.
func servers(stratum uint8, at ...[2]float64) (all []candidate) {
	for _, s := range at {
		all = append(all, candidate{&association{stratum: stratum, jitter: 0.001}, s[0] / 1000, s[1] / 1000})
	}
	return all
}

// TestNeighboursDoNotSilenceReferences: two references that are right, and three
// neighbours that are 20 ms off and say so. Most middles lie outside of what all have
// in common.
func TestNeighboursDoNotSilenceReferences(t *testing.T) {
	refs := servers(1, [2]float64{0, 15}, [2]float64{1, 15})
	neighbours := servers(2, [2]float64{20, 36}, [2]float64{21, 36}, [2]float64{-20, 36})
	all := slices.Concat(refs, neighbours)
	honest := truechimers(all)
	if len(honest) != len(all) {
		t.Fatalf("%d of %d are believed, and all tell the truth", len(honest), len(all))
	}
	left := cluster(honest)
	if left[0].a != refs[0].a && left[0].a != refs[1].a {
		t.Errorf("a neighbour is followed")
	}
	for _, r := range refs {
		if !slices.ContainsFunc(left, func(c candidate) bool { return c.a == r.a }) {
			t.Errorf("a reference is called an outlier")
		}
	}
}

// TestNeighboursThatAgreeDoNotReplaceAReference (section 11.2.2): three of the four
// are together, and closer to each other than to the one that they live by.
func TestNeighboursThatAgreeDoNotReplaceAReference(t *testing.T) {
	ref := servers(1, [2]float64{0, 15})
	left := cluster(truechimers(append(servers(2, [2]float64{12, 36}, [2]float64{12.1, 36}, [2]float64{11.9, 36}), ref...)))
	if left[0].a != ref[0].a {
		t.Error("a neighbour is followed")
	}
}

// TestAMajorityThatSharesNoTimeIsNone: two that contradict each other, and three of
// which each does.
func TestAMajorityThatSharesNoTimeIsNone(t *testing.T) {
	for _, all := range [][]candidate{
		nil,
		servers(1, [2]float64{0, 10}, [2]float64{50, 10}),
		servers(1, [2]float64{0, 10}, [2]float64{50, 10}, [2]float64{100, 10}),
	} {
		if honest := truechimers(all); honest != nil {
			t.Errorf("%d of %d are believed", len(honest), len(all))
		}
	}
}

// TestWhoTellsTheTruthIsBelieved, as long as those who do not contradict all who do,
// and are fewer: however wide the intervals and wherever their middles (I2).
func TestWhoTellsTheTruthIsBelieved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []candidate
		honest := rapid.IntRange(1, 6).Draw(t, "honest")
		for range honest {
			distance := rapid.Float64Range(1, 100).Draw(t, "distance")
			all = append(all, servers(2, [2]float64{distance * rapid.Float64Range(-0.99, 0.99).Draw(t, "wrong by"), distance})...)
		}
		for i := range rapid.IntRange(0, honest-1).Draw(t, "liars") {
			all = append(all, servers(2, [2]float64{1000 * float64(i+1), 100})...)
		}
		believed := truechimers(rapid.Permutation(all).Draw(t, "order"))
		if len(believed) != honest {
			t.Fatalf("%d are believed, %d tell the truth", len(believed), honest)
		}
		for _, c := range believed {
			if c.offset > 0.1 {
				t.Fatalf("a liar is believed")
			}
		}
		if left := cluster(believed); len(left) < min(honest, minClustered) {
			t.Fatalf("%d survive", len(left))
		}
	})
}
