package sim_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// listener counts what it hears; what it has counted is read from outside.
type listener struct {
	env   node.Env
	heard int
}

func (c *listener) Start(env node.Env) { c.env = env }

func (c *listener) Receive(node.Addr, node.Message) { c.heard++ }

func TestANodeIsShownBeforeAndAfterEachOfItsEvents(t *testing.T) {
	r := trace.NewRecorder(0)
	shown := map[trace.ID][]int{}
	w := sim.New(sim.Config{Link: fixed(ms), Observer: r, Inspect: func(id trace.ID, n node.Node) {
		if c, ok := n.(*listener); ok {
			shown[id] = append(shown[id], c.heard)
		}
	}})
	defer w.Close()
	at := w.Host("b").Serve("x", func() node.Node { return new(listener) })
	serve(w, "a", func(a *actor) {
		a.env.Send(at, &say{N: 1})
		a.env.Send(at, &say{N: 2})
	}, nil)
	w.Run(100 * ms)

	heard := 0
	for e := range r.Events() {
		if e.Place != at || e.Kind != trace.Receive {
			continue
		}
		if got := shown[e.ID]; len(got) != 2 || got[0] != heard || got[1] != heard+1 {
			t.Errorf("event %d shows %v, want %d and %d", e.ID, got, heard, heard+1)
		}
		heard++
	}
	if heard != 2 {
		t.Fatalf("heard %d messages", heard)
	}
}
