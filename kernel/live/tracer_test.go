package live_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
)

// recorded runs f with a tracer and returns what it told.
func recorded(t *testing.T, f func(*live.Tracer)) []trace.Event {
	t.Helper()
	name := filepath.Join(t.TempDir(), "trace")
	tape, err := trace.OpenTape(name, 64<<20, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	f(live.NewTracer(tape))
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	events, err := trace.ReadJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// chain follows causes back from the last event that is wanted.
func chain(events []trace.Event, want func(trace.Event) bool) (kinds []trace.Kind) {
	byID := map[trace.ID]trace.Event{}
	for _, e := range events {
		byID[e.ID] = e
	}
	slices.Reverse(events)
	defer slices.Reverse(events)
	i := slices.IndexFunc(events, want)
	if i < 0 {
		return nil
	}
	for e, ok := events[i], true; ok; e, ok = byID[e.Cause] {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func at(kind trace.Kind, place node.Addr) func(trace.Event) bool {
	return func(e trace.Event) bool { return e.Kind == kind && e.Place == place }
}

// Over two connections, one each way, an answer leads back to the call from
// outside that brought it about.
func TestATracerTellsWhatCausedWhat(t *testing.T) {
	const rounds = 200
	events := recorded(t, func(tracer *live.Tracer) {
		hosts := cluster(t, live.Config{Tracer: tracer}, "a", "b")
		client, words := sink()
		serve(t, hosts["a"], "client", client)
		serve(t, hosts["b"], "echo", echo())
		for i := range uint64(rounds) {
			do(t, hosts["a"], "client", func(env node.Env) {
				env.Log("journal").Append([]byte("question"))
				env.Send("b/echo", &Word{Number: i})
			})
			await(t, "the echo", words)
		}
		for _, h := range hosts {
			h.Close()
		}
	})
	want := []trace.Kind{trace.Receive, trace.Send, trace.Receive, trace.Send, trace.Step}
	if got := chain(events, at(trace.Receive, "a/client")); !slices.Equal(got, want) {
		t.Errorf("the last answer was caused by %v, want %v", got, want)
	}
	count := map[trace.Kind]int{}
	for _, e := range events {
		count[e.Kind]++
		if e.Kind == trace.Receive && e.Cause == 0 {
			t.Errorf("nobody sent what was received: %+v", e)
		}
	}
	if count[trace.Send] != 2*rounds || count[trace.Receive] != 2*rounds || count[trace.Append] != rounds || count[trace.Crash] != 2 || count[trace.Start] != 2 {
		t.Errorf("counted %v", count)
	}
}

func TestATracerKnowsTimersAndLossesAndRestarts(t *testing.T) {
	dir := t.TempDir()
	events := recorded(t, func(tracer *live.Tracer) {
		hosts := cluster(t, live.Config{Tracer: tracer}, "a", "b")
		client, words := sink()
		serve(t, hosts["a"], "client", client)
		hosts["a"].Cut("b")
		do(t, hosts["a"], "client", func(env node.Env) {
			env.Timer(func() { env.Send("b/echo", &Word{}); env.Send("a/client", &Word{}) }).Reset(1)
		})
		await(t, "the word to itself", words)
		for range 2 {
			c := open(t, live.Config{Name: "c", Dir: dir, Tracer: tracer})
			started := make(chan struct{})
			serve(t, c, "node", &actor{start: func(env node.Env) {
				env.Log("x").Append(nil)
				env.Durable(func() { env.Note("durable"); close(started) })
			}})
			await(t, "its start", started)
			c.Close()
		}
	})
	for _, test := range []struct {
		what string
		want func(trace.Event) bool
		than []trace.Kind
	}{
		{"a cut message", func(e trace.Event) bool { return e.Kind == trace.Drop && e.What == "cut" && e.Peer == "b/echo" },
			[]trace.Kind{trace.Drop, trace.Send, trace.Timer, trace.Step}},
		{"a message within a host", at(trace.Receive, "a/client"), []trace.Kind{trace.Receive, trace.Send, trace.Timer, trace.Step}},
		{"a note after a restart", at(trace.Note, "c/node"), []trace.Kind{trace.Note, trace.Durable, trace.Start, trace.Restart, trace.Crash}},
	} {
		if got := chain(events, test.want); !slices.Equal(got, test.than) {
			t.Errorf("%s was caused by %v, want %v", test.what, got, test.than)
		}
	}
}
