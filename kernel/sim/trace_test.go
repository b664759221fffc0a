package sim_test

import (
	"log/slog"
	"testing"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

func TestTraceTellsWhyEverythingHappened(t *testing.T) {
	r := trace.NewRecorder(0)
	w := sim.New(sim.Config{Link: fixed(ms), Fsync: sim.Constant(ms), Observer: r})
	b := serve(w, "b", nil, func(a *actor, from node.Addr, m *say) {
		a.env.Note("heard", slog.Int("n", m.N))
	})
	serve(w, "a", func(a *actor) {
		a.env.Timer(func() {
			a.env.Log("log").Append(nil)
			a.env.Send(b, &say{N: 7})
		}).Reset(ms)
	}, nil)
	w.Run(100 * ms)
	w.Host("a").Crash()

	var note *trace.Event
	crashed := false
	events := map[trace.ID]trace.Event{}
	for e := range r.Events() {
		events[e.ID] = e
		if e.Kind == trace.Note {
			note = &e
		}
		crashed = crashed || e.Kind == trace.Crash && e.Place == "a"
	}
	if note == nil || note.Place != b || !crashed {
		t.Fatalf("no note in %v", events)
	}
	var chain []string
	for e, ok := *note, true; ok; e, ok = events[e.Cause] {
		chain = append(chain, e.Kind.String()+" "+string(e.Place))
	}
	want := []string{"note b/x", "receive b/x", "send a/x", "timer a/x", "start a/x"}
	if len(chain) != len(want) {
		t.Fatalf("causes: %v, want %v", chain, want)
	}
	for i := range want {
		if chain[i] != want[i] {
			t.Errorf("causes: %v, want %v", chain, want)
		}
	}
}
