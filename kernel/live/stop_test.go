package live_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

func TestAFailedSyncStopsTheHostAndNothingHeldLeaves(t *testing.T) {
	g, a, other, words := gated(t, brisk())
	g.set(true, nil)
	do(t, a, "node", func(env node.Env) {
		env.Log("log").Append([]byte("promise"))
		env.Send("b/sink", &Word{Text: "held"})
		env.Durable(func() { t.Error("a completion ran for what was never durable") })
		env.SendEarly("b/sink", &Word{Text: "early"})
	})
	await(t, "the early word", words)
	eventually(t, "the sync", g.anyWaiting)
	broken := errors.New("medium error")
	g.set(false, broken)
	await(t, "the stop", a.Done())
	if err := a.Err(); !errors.Is(err, broken) || !strings.Contains(err.Error(), "host a") {
		t.Fatalf("stopped with %v", err)
	}
	if err := a.Close(); !errors.Is(err, broken) {
		t.Fatalf("closed with %v", err)
	}
	// The connection has ended, so whatever was going to come has come.
	eventually(t, "b sees a go", func() bool { return connected(other) == 0 })
	do(t, other, "sink", func(node.Env) {})
	if len(words) > 0 {
		t.Fatalf("%q left although its cause is lost", (<-words).Text)
	}
}

func TestHaltStopsTheHostAndWhatItDidBeforeStays(t *testing.T) {
	_, a, other, words := gated(t, brisk())
	unfit := errors.New("page 7: checksum mismatch")
	do(t, a, "node", func(env node.Env) {
		env.Send("b/sink", &Word{Text: "of the step that halts"})
		env.Halt(unfit)
		env.Send("b/sink", &Word{Text: "after the halt"})
	})
	await(t, "the stop", a.Done())
	if err := a.Err(); !errors.Is(err, unfit) || !strings.Contains(err.Error(), "a/node halted") {
		t.Fatalf("stopped with %v", err)
	}
	a.Close()
	eventually(t, "b sees a go", func() bool { return connected(other) == 0 })
	do(t, other, "sink", func(node.Env) {})
	if len(words) > 0 {
		t.Fatalf("%q left a halted host", (<-words).Text)
	}
}

func TestAPanicOfANodeStopsTheHostAndNamesTheNode(t *testing.T) {
	j := &journal{}
	for name, f := range map[string]func(node.Env){
		"handler": func(node.Env) { panic("invariant 7") },
		"task":    func(env node.Env) { env.Go(func(node.Task) { panic("invariant 7") }) },
		"job":     func(env node.Env) { env.Job(func() any { panic("invariant 7") }, func(any) {}) },
		"timer":   func(env node.Env) { env.Timer(func() { panic("invariant 7") }).Reset(0) },
	} {
		h := open(t, live.Config{Name: "a", Disk: disk.NewFaulty(), Logger: j.logger()})
		serve(t, h, name, &actor{})
		h.Do(name, func(n node.Node) { f(n.(*actor).env) })
		await(t, "the stop", h.Done())
		if err := h.Err(); err == nil || !strings.Contains(err.Error(), "a/"+name+" panicked: invariant 7") {
			t.Errorf("%s: stopped with %v", name, err)
		}
		if !j.has("level=ERROR", "a/"+name, "stack=") {
			t.Errorf("%s: no stack in the log:\n%v", name, j)
		}
	}
}

func TestAHaltInACompletionStopsTheNextOne(t *testing.T) {
	_, a, _, _ := gated(t, brisk())
	do(t, a, "node", func(env node.Env) {
		env.Log("log").Append([]byte("x"))
		env.Durable(func() { env.Halt(errors.New("enough")) })
		env.Durable(func() { t.Error("a completion ran on a halted host") })
	})
	await(t, "the stop", a.Done())
	a.Close()
}

func TestAPausedLoopNoticesTheStop(t *testing.T) {
	b := brisk()
	b.Held = 1
	g, a, _, _ := gated(t, b)
	serve(t, a, "neighbour", &actor{})
	g.set(true, nil)
	a.Do("node", func(n node.Node) {
		env := n.(*actor).env
		env.Log("log").Append([]byte("x"))
		env.Send("b/sink", &Word{})
		env.Send("b/sink", &Word{})
	})
	eventually(t, "a pause", func() bool { return a.Stats().Services[0].Pauses > 0 })
	a.Do("neighbour", func(n node.Node) { n.(*actor).env.Halt(errors.New("enough")) })
	await(t, "the stop", a.Done())
	g.set(false, errors.New("too late for the disk as well"))
	closed := make(chan error, 1)
	go func() { closed <- a.Close() }()
	if err := await(t, "the close", closed); !strings.Contains(err.Error(), "enough") {
		t.Fatalf("closed with %v", err)
	}
}
