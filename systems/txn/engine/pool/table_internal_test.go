package pool

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// The table finds what a map finds, whatever is added and removed.
func TestTableIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const frames = 20
		var table table
		table.init(frames)
		model := map[page.ID]int{}
		ids := rapid.SampledFrom([]page.ID{0, 1, 2, 3, 64, 65, 128, 1 << 20, 1<<32 - 1, 77, 78, 79})
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			id := ids.Draw(t, "id")
			if _, there := model[id]; there {
				table.remove(id)
				delete(model, id)
			} else {
				frame := rapid.IntRange(0, frames-1).Draw(t, "frame")
				table.add(id, frame)
				model[id] = frame
			}
			for _, id := range []page.ID{0, 1, 2, 3, 64, 65, 128, 1 << 20, 1<<32 - 1, 77, 78, 79} {
				want, there := model[id]
				if !there {
					want = -1
				}
				if got := table.find(id); got != want {
					t.Fatalf("page %d: frame %d, not %d", id, got, want)
				}
			}
			if table.n != len(model) {
				t.Fatal(table.n, len(model))
			}
		}
	})
}
