package snapshottest

import (
	"time"

	"github.com/parleysystems/parley/systems/order/vector"
)

// event is one of a branch: it sent money to a peer, or received some.
type event struct {
	at     time.Duration
	send   bool
	peer   int
	amount int64
	number uint64 // of the sending, among the events of the sender
	clock  vector.Clock
}

// history is all events of a run: by branch, and in the order of the run.
type history struct {
	of    [][]event
	order []moment
}

// moment is an event by its branch and its index there.
type moment struct{ branch, index int }

func newHistory(n int) *history { return &history{of: make([][]event, n)} }

func (h *history) add(branch int, e event) {
	h.order = append(h.order, moment{branch, len(h.of[branch])})
	h.of[branch] = append(h.of[branch], e)
}

// quiet tells whether everything that was sent has been received.
func (h *history) quiet() bool {
	sent := 0
	for _, events := range h.of {
		for _, e := range events {
			if e.send {
				sent++
			}
		}
	}
	return 2*sent == len(h.order)
}
