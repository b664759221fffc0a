package live_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

// gated returns hosts a, on a disk with a gate, and b, with a sink.
func gated(t *testing.T, b live.Bounds) (g *gate, a, other *live.Host, words chan *Word) {
	t.Helper()
	g = newGate(disk.NewFaulty())
	la, lb := listener(t), listener(t)
	a = open(t, live.Config{
		Name: "a", Disk: g, Listener: la, Bounds: b, Peers: map[string]string{"b": lb.Addr().String()},
	})
	t.Cleanup(func() { g.set(false, nil) }) // before a.Close, which syncs
	other = open(t, live.Config{
		Name: "b", Disk: disk.NewFaulty(), Listener: lb, Peers: map[string]string{"a": la.Addr().String()},
	})
	server, words := sink()
	serve(t, other, "sink", server)
	serve(t, a, "node", &actor{})
	eventually(t, "connected", func() bool { return connected(a) == 1 && connected(other) == 1 })
	return g, a, other, words
}

func TestAHeldMessageWaitsForTheDiskAndAnEarlyOneDoesNot(t *testing.T) {
	g, a, _, words := gated(t, brisk())
	g.set(true, nil)
	durable := make(chan string, 3)
	do(t, a, "node", func(env node.Env) {
		env.Send("b/sink", &Word{Text: "nothing was logged"})
		env.Log("log").Append([]byte("promise"))
		env.Durable(func() { durable <- "first" })
		env.Send("b/sink", &Word{Text: "held"})
		env.Durable(func() { durable <- "second" })
		env.SendEarly("b/sink", &Word{Text: "early"})
	})
	for _, want := range []string{"nothing was logged", "early"} {
		if w := await(t, want, words); w.Text != want {
			t.Fatalf("%q came in place of %q", w.Text, want)
		}
	}
	// Whatever a sends after this goes behind what it holds, and what it sends
	// early overtakes: once many early ones have come, held ones had their time.
	eventually(t, "the sync", g.anyWaiting)
	for range 100 {
		do(t, a, "node", func(env node.Env) {
			env.Send("b/sink", &Word{Text: "held too"})
			env.SendEarly("b/sink", &Word{Text: "early"})
		})
		if w := await(t, "an early word", words); w.Text != "early" {
			t.Fatalf("%q left before the disk had it", w.Text)
		}
	}
	if len(durable) > 0 {
		t.Fatalf("completion %q ran before the disk had it", <-durable)
	}
	g.set(false, nil)
	if w := await(t, "the held word", words); w.Text != "held" {
		t.Fatalf("%q came before the one held longest", w.Text)
	}
	for _, want := range []string{"first", "second"} {
		if got := await(t, "completions", durable); got != want {
			t.Fatalf("completion %q ran in place of %q", got, want)
		}
	}
}

func TestServicesOfOneHostObeyTheOutputRuleToo(t *testing.T) {
	g, a, _, words := gated(t, brisk())
	neighbour := &actor{receive: func(env node.Env, _ node.Addr, m *Word) { env.Send("b/sink", m) }}
	serve(t, a, "neighbour", neighbour)
	g.set(true, nil)
	do(t, a, "node", func(env node.Env) {
		env.Log("log").Append([]byte("promise"))
		env.Send("a/neighbour", &Word{Text: "held"})
		env.SendEarly("a/neighbour", &Word{Text: "early"})
	})
	if w := await(t, "the early word", words); w.Text != "early" {
		t.Fatalf("%q left before the disk had it", w.Text)
	}
	g.set(false, nil)
	await(t, "the held word", words)
}

func TestOneSyncServesManyServices(t *testing.T) {
	g, a, _, _ := gated(t, brisk())
	names := []string{"s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"}
	durable := make(chan string, len(names))
	for _, name := range names {
		serve(t, a, name, &actor{})
	}
	g.set(true, nil)
	do(t, a, "node", func(env node.Env) { env.Log("log").Append([]byte("x")) })
	eventually(t, "the first sync", g.anyWaiting)
	before := a.Stats().Commit.Sync
	for _, name := range names {
		do(t, a, name, func(env node.Env) {
			env.Log("log").Append([]byte("x"))
			env.Durable(func() { durable <- name })
		})
	}
	g.set(false, nil)
	for range names {
		await(t, "all to be durable", durable)
	}
	after := a.Stats().Commit.Sync
	if n := after.Count() - before.Count(); n > 3 {
		t.Fatalf("%d syncs for %d services at once", n, len(names))
	}
}

func TestALoopPausesWhileTooMuchWaitsForTheDisk(t *testing.T) {
	b := brisk()
	b.Held = 10
	g, a, _, words := gated(t, b)
	g.set(true, nil)
	const rounds = 40
	for range rounds {
		a.Do("node", func(n node.Node) {
			env := n.(*actor).env
			env.Log("log").Append([]byte("x"))
			env.Send("b/sink", &Word{})
		})
	}
	eventually(t, "a pause", func() bool { return a.Stats().Services[0].Pauses > 0 })
	g.set(false, nil)
	for range rounds {
		await(t, "all words", words)
	}
}

// The disk may catch up in the middle of a step: what was held then still goes
// before what need not be held any more.
func TestASendDoesNotOvertakeOneThatIsStillHeld(t *testing.T) {
	_, a, _, words := gated(t, brisk())
	serve(t, a, "neighbour", &actor{})
	do(t, a, "node", func(env node.Env) {
		env.Log("log").Append([]byte("x"))
		env.Send("b/sink", &Word{Text: "first"})
		do(t, a, "neighbour", func(env node.Env) { env.Log("log").Append([]byte("x")) })
		eventually(t, "the disk has all", func() bool { return a.Stats().Commit.Unsynced == 0 })
		env.Send("b/sink", &Word{Text: "second"})
	})
	for _, want := range []string{"first", "second"} {
		if w := await(t, want, words); w.Text != want {
			t.Fatalf("%q came in place of %q", w.Text, want)
		}
	}
}

func TestACompletionThatAsksForAnotherLeavesRoomForOthers(t *testing.T) {
	_, a, _, _ := gated(t, brisk())
	do(t, a, "node", func(env node.Env) {
		var again func()
		again = func() { env.Durable(again) }
		again()
	})
	for range 10 {
		do(t, a, "node", func(node.Env) {})
	}
}

func TestRecordsBeyondOneBatchBecomeDurableToo(t *testing.T) {
	b := brisk()
	b.Batch = 256
	_, a, _, _ := gated(t, b)
	durable := make(chan struct{})
	before := a.Stats().Commit.Sync
	do(t, a, "node", func(env node.Env) {
		for range 10 {
			env.Log("log").Append(make([]byte, 200))
		}
		env.Durable(func() { close(durable) })
	})
	await(t, "all ten", durable)
	after := a.Stats().Commit.Sync
	if n := after.Count() - before.Count(); n < 5 {
		t.Fatalf("10 records of 200 bytes took %d batches of 256", n)
	}
}
