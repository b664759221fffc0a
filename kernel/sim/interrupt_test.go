package sim_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

// restless sets its timer for ever.
type restless struct{ timer node.Timer }

func (r *restless) Start(env node.Env) {
	r.timer = env.Timer(func() { r.timer.Reset(time.Microsecond) })
	r.timer.Reset(0)
}

func (r *restless) Receive(node.Addr, node.Message) {}

func TestAWorldEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	w := sim.New(sim.Config{Context: ctx})
	defer w.Close()
	w.Host("a").Serve("s", func() node.Node { return &restless{} })
	w.At(time.Millisecond, cancel)
	defer func() {
		i, ok := recover().(sim.Interrupted)
		if !ok || !errors.Is(i.Cause, context.Canceled) || w.Now() > time.Second {
			t.Errorf("ended at %v with %v", w.Now(), i)
		}
	}()
	w.Run(time.Hour)
}

func TestAWorldEndsSoonAfterItsEventsAreUsedUp(t *testing.T) {
	w := sim.New(sim.Config{Events: 10_000})
	defer w.Close()
	w.Host("a").Serve("s", func() node.Node { return &restless{} })
	defer func() {
		i, ok := recover().(sim.Interrupted)
		if !ok || !errors.Is(i, sim.ErrEvents) || w.Events() < 10_000 || w.Events() > 20_000 {
			t.Errorf("ended after %d events with %v", w.Events(), i)
		}
	}()
	w.Run(time.Hour)
}
