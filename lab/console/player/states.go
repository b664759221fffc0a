package player

import (
	"context"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// states are the states of nodes around some events, found by making the run
// again: those of a window, since who looks at one event soon looks at the next.
type states struct {
	from, to      trace.ID
	before, after map[trace.ID]*Tree
}

// The window around the event that was asked for.
const (
	windowBefore = 40
	windowAfter  = 160
)

// covers tells whether the states around an event are known.
func (s *states) covers(id trace.ID) bool { return id >= s.from && id < s.to }

// watch makes a run again and keeps what it shows around an event. The run is
// ended once it is past that.
func watch(ctx context.Context, s Spec, around trace.ID) (states, error) {
	e, err := s.find()
	if err != nil {
		return states{}, err
	}
	w := states{
		from: around - min(around, windowBefore), to: around + windowAfter,
		before: map[trace.ID]*Tree{}, after: map[trace.ID]*Tree{},
	}
	enough, cancel := context.WithCancel(ctx)
	defer cancel()
	open := map[node.Node]trace.ID{} // whose state after an event is still to come
	o := s.options()
	o.Context = enough
	o.Trace = trace.NewRecorder(1) // events get their numbers from it
	o.Inspect = func(id trace.ID, n node.Node) {
		if id < w.from {
			return
		}
		if last, ok := open[n]; ok {
			w.after[last] = Render("state", n)
			delete(open, n)
			if last == id {
				return // the node is through
			}
		}
		if id >= w.to {
			cancel()
			return
		}
		open[n] = id
		w.before[id] = Render("state", n)
	}
	experiment.Once(e, s.Seed, o)
	return w, ctx.Err()
}
