package experiment

import (
	"hash/fnv"

	"github.com/parleysystems/parley/kernel/trace"
)

// shapeDepth is how far back a shape looks: an event, what was there and what
// caused it, what was before these, and so on.
const shapeDepth = 5

// shapes returns the ways in which the events of a trace are connected: for each
// step the kinds of the events in its causal past, as a graph shapeDepth deep.
// Hosts, times and contents are left out, so that runs that do the same in other
// places count as the same.
func shapes(r *trace.Recorder) map[uint64]bool {
	found := map[uint64]bool{}
	past := map[trace.ID]*[shapeDepth]uint64{0: {}}
	for e := range r.Events() {
		h := &[shapeDepth]uint64{label(&e)}
		prev, cause := past[e.Prev], past[e.Cause]
		for k := 1; k < shapeDepth; k++ {
			h[k] = blend(h[0], before(prev, k-1), before(cause, k-1))
		}
		past[e.ID] = h
		found[h[shapeDepth-1]] = true
	}
	return found
}

func before(h *[shapeDepth]uint64, k int) uint64 {
	if h == nil {
		return 0 // no longer kept
	}
	return h[k]
}

func label(e *trace.Event) uint64 {
	h := fnv.New64a()
	h.Write([]byte{byte(e.Kind)})
	if e.Kind != trace.Fault && e.Kind != trace.Halt { // their texts have figures
		h.Write([]byte(e.What))
	}
	return h.Sum64()
}

func blend(a, b, c uint64) uint64 {
	h := a
	for _, x := range [...]uint64{b, c} {
		h ^= x + 0x9e3779b97f4a7c15 + h<<6 + h>>2
		h *= 0xff51afd7ed558ccd
		h ^= h >> 32
	}
	return h
}
