package sim_test

import (
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// pair lets a send one message to b, which does what is to be found out.
func pair(send node.Message, receive func(env node.Env, from node.Addr, m node.Message)) func(*sim.World) {
	return func(w *sim.World) {
		b := w.Host("b").Serve("x", func() node.Node { return &raw{receive: receive} })
		w.Host("a").Serve("x", func() node.Node {
			return &raw{start: func(env node.Env) { env.Send(b, send) }}
		})
		w.Run(100 * ms)
	}
}

// raw is a node that takes messages of any type.
type raw struct {
	env     node.Env
	start   func(env node.Env)
	receive func(env node.Env, from node.Addr, m node.Message)
}

func (r *raw) Start(env node.Env) {
	r.env = env
	if r.start != nil {
		r.start(env)
	}
}

func (r *raw) Receive(from node.Addr, m node.Message) {
	if r.receive != nil {
		r.receive(r.env, from, m)
	}
}

func TestTwiceAcceptsWhatIsDeterministic(t *testing.T) {
	sim.Twice(t, sim.Config{Seed: 1}, func(w *sim.World) {
		for _, name := range []string{"a", "b", "c"} {
			serve(w, name, func(a *actor) { a.env.Send("a/x", &say{Text: name}) }, echo)
		}
		w.Run(20 * ms)
	})
}

type mapped struct {
	Keys map[string]int `wire:"1"`
}

var _ = wire.Register[mapped]("sim.test.mapped")

func TestTwiceFindsTheOrderOfAMap(t *testing.T) {
	keys := map[string]int{}
	for i := range 100 {
		keys[itoa(i)] = i
	}
	found := 0
	for range 5 {
		err := sim.Compare(sim.Config{Seed: 1}, pair(&mapped{keys}, func(env node.Env, from node.Addr, m node.Message) {
			for key := range m.(*mapped).Keys {
				env.Send(from, &say{Text: key})
			}
		}))
		if err != nil && strings.Contains(err.Error(), "event ") {
			found++
		}
	}
	if found < 5 {
		t.Errorf("found in %d of 5 comparisons", found)
	}
}

func TestTwiceFindsAVariableOutsideTheWorld(t *testing.T) {
	runs := 0
	err := sim.Compare(sim.Config{Seed: 1}, func(w *sim.World) {
		runs++
		parity := runs % 2
		pair(&say{}, func(env node.Env, from node.Addr, m node.Message) { env.Send(from, &say{N: parity}) })(w)
	})
	if err == nil || !strings.Contains(err.Error(), "a/x receive") {
		t.Errorf("got %v", err)
	}
}

func TestTwiceFindsMemoryThatTwoNodesShare(t *testing.T) {
	type shared struct{ kept *say }
	err := sim.Compare(sim.Config{Seed: 1}, func(w *sim.World) {
		var keeper shared
		serve(w, "b", nil, func(a *actor, from node.Addr, m *say) {
			m.N++ // a's message, unless a copy
			a.env.Send(from, &say{})
		})
		a := serve(w, "a", nil, func(a *actor, from node.Addr, _ *say) {
			a.env.Send(from, &say{N: keeper.kept.N})
		})
		do(w, a, func(a *actor) {
			keeper.kept = &say{}
			a.env.Send("b/x", keeper.kept)
		})
		w.Run(100 * ms)
	})
	if err == nil || !strings.Contains(err.Error(), "b/x receive") {
		t.Errorf("got %v", err)
	}
}

func TestAMessageThatChangesAfterItWasSentPanics(t *testing.T) {
	defer func() {
		if p, _ := recover().(string); !strings.Contains(p, "sim_test.say from a/x to b/x was changed after it was sent") {
			t.Errorf("panicked with %q", p)
		}
	}()
	w := sim.New(sim.Config{Digest: true})
	b := serve(w, "b", nil, nil)
	a := serve(w, "a", nil, nil)
	do(w, a, func(a *actor) {
		m := &say{}
		a.env.Send(b, m)
		m.N = 1
	})
	w.Run(100 * ms)
}
