package experiment_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Told is what a teller sends.
type Told struct {
	N int `wire:"1"`
}

func init() { wire.Register[Told]("experiment_test.Told") }

// teller tells its peer the numbers from 1 to 20.
type teller struct {
	peer  node.Addr
	heard map[int]bool
}

func (l *teller) Start(env node.Env) {
	l.heard = map[int]bool{}
	for n := 1; n <= 20 && l.peer != ""; n++ {
		env.Send(l.peer, &Told{N: n})
	}
}

func (l *teller) Receive(_ node.Addr, m node.Message) { l.heard[m.(*Told).N] = true }

// telling is broken once b has heard of 7 and of 13.
func telling() *experiment.Experiment { return tellingAfter(0) }

// tellingAfter applies its plan only after a while, as harnesses do that play a
// scene before.
func tellingAfter(scene time.Duration) *experiment.Experiment {
	e := &experiment.Experiment{System: "toy", Name: "telling", Question: "Is a number heard that brings bad luck?"}
	e.Run = func(seed uint64, o experiment.Options) (r experiment.Result) {
		c := sim.Config{Seed: seed}
		o.World(&c)
		if o.Trace != nil {
			c.Observer = o.Trace
		}
		w := sim.New(c)
		defer w.Close()
		w.Host("b").Serve("s", func() node.Node { return &teller{} })
		w.Host("a").Serve("s", func() node.Node { return &teller{peer: "b/s"} })
		w.Run(scene)
		if o.Plan != nil {
			plan, err := sim.Parse(*o.Plan)
			if err != nil {
				return experiment.Result{Violation: err.Error()}
			}
			if err := w.Apply(plan); err != nil {
				return experiment.Result{Violation: err.Error()}
			}
			r.Plan = *o.Plan
		}
		w.Run(time.Second)
		r.Hash, r.Events = w.Hash(), w.Events()
		if b := w.Node("b/s").(*teller); b.heard[7] && b.heard[13] {
			r.Verdict, r.Violation = check.Violation, fmt.Sprintf("bad luck: heard of %d numbers", len(b.heard))
		} else {
			r.Verdict = check.OK
		}
		return r
	}
	return e
}

func TestShrinkingLeavesOutTheMessagesThatAViolationDoesNotNeed(t *testing.T) {
	for _, scene := range []time.Duration{0, 500 * time.Millisecond} {
		t.Run(scene.String(), func(t *testing.T) { shrinksToTwo(t, tellingAfter(scene)) })
	}
}

func shrinksToTwo(t *testing.T, e *experiment.Experiment) {
	failed := experiment.Once(e, 1, experiment.Options{})
	s := experiment.Shrink(context.Background(), e, 1, experiment.Options{}, failed, experiment.Effort{Runs: 300})
	if s.DeliveriesBefore != 20 || s.Deliveries != 2 || s.Result.Violation != "bad luck: heard of 2 numbers" {
		t.Errorf("%d to %d messages: %s", s.DeliveriesBefore, s.Deliveries, s.Result.Violation)
	}
	if want := "at 0s lose 1..6,8..12,14..20 links a -> b"; s.Replay.Plan == nil || *s.Replay.Plan != want {
		t.Errorf("%s, want %s", s.Replay, want)
	}
	if again := experiment.Once(e, 1, s.Replay.Options()); again.Violation != s.Result.Violation {
		t.Errorf("the replay shows %q", again.Violation)
	}
}

// All that a witness has is of the whole run, at the same time as there.
func TestNarrowingFindsTheMessagesOfARunThatItsViolationNeeds(t *testing.T) {
	e, whole := telling(), trace.NewRecorder(0)
	failed := experiment.Once(e, 1, experiment.Options{Trace: whole})
	var last trace.ID
	for event := range trace.Only(whole.Events(), trace.Receive) {
		last = event.ID
		if event.Detail.(*Told).N == 13 {
			break
		}
	}
	n := experiment.Narrow(context.Background(), e, 1, experiment.Options{}, failed, whole, last, experiment.Effort{Runs: 100})
	if n.Trace == nil || n.Stopped != "" {
		t.Fatalf("%+v", n)
	}
	heard := map[int]bool{}
	for event := range trace.Only(n.Trace.Events(), trace.Receive) {
		of, known := whole.Event(n.Same[event.ID])
		if !known || of.At != event.At || of.Detail.(*Told).N != event.Detail.(*Told).N {
			t.Errorf("%+v is no event of the whole run: %+v", event, of)
		}
		heard[event.Detail.(*Told).N] = true
	}
	if !maps.Equal(heard, map[int]bool{7: true, 13: true}) {
		t.Errorf("still heard %v", heard)
	}
	if want := "at 0s lose 1..6,8..12,14..1099511627776 links a -> b"; n.Plan != want {
		t.Errorf("%s, want %s", n.Plan, want)
	}
	few := experiment.Narrow(context.Background(), e, 1, experiment.Options{}, failed, whole, last, experiment.Effort{Runs: 2})
	if few.Runs != 2 || few.Stopped != "out of runs" {
		t.Errorf("%+v", few)
	}
}

// A search is asked for by the caller; an experiment that does not let it choose
// has not passed it.
func TestPCTChoosesTheOrderOfDeliveriesWhereItIsLet(t *testing.T) {
	first := experiment.Once(telling(), 1, experiment.Options{Search: experiment.PCT})
	swarm := experiment.Once(telling(), 1, experiment.Options{})
	if first.Verdict != check.Violation || first.Hash == swarm.Hash {
		t.Errorf("%+v", first)
	}
	if again := experiment.Twice(telling(), 1, experiment.Options{Search: experiment.PCT}); again.Verdict != first.Verdict {
		t.Errorf("%+v", again)
	}
	if r := experiment.Once(toy(), 1, experiment.Options{Search: experiment.PCT}); r.Verdict != check.Unknown {
		t.Errorf("%+v", r)
	}
}
