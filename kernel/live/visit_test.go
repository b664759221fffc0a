package live_test

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

// visiting tells whether a function that was given to DoHere runs in the place of the
// loop's goroutine.
func visiting() bool {
	b := make([]byte, 64<<10)
	return strings.Contains(string(b[:runtime.Stack(b, false)]), ".DoHere(")
}

// visit tries until the loop sleeps, so that f runs on the caller's goroutine, and
// tells whether that came to be.
func visit(h *live.Host, service string, f func(env node.Env)) (ran bool) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(patience); !ran && time.Now().Before(until); <-tick.C {
		err := h.DoHere(service, func(n node.Node) {
			if visiting() {
				ran = true
				f(n.(*actor).env)
			}
		})
		if err != nil {
			break
		}
	}
	return ran
}

func here(t testing.TB, h *live.Host, service string, f func(env node.Env)) {
	t.Helper()
	if !visit(h, service, f) {
		t.Fatalf("no visit to %s in %v", service, patience)
	}
}

func TestAVisitKeepsTheOutputRule(t *testing.T) {
	g, a, _, words := gated(t, brisk())
	g.set(true, nil)
	durable := make(chan struct{})
	here(t, a, "node", func(env node.Env) {
		env.Log("log").Append([]byte("promise"))
		env.Send("b/sink", &Word{Text: "held"})
		env.Durable(func() { close(durable) })
		env.SendEarly("b/sink", &Word{Text: "early"})
	})
	if w := await(t, "the early word", words); w.Text != "early" {
		t.Fatalf("%q came before its cause was durable", w.Text)
	}
	here(t, a, "node", func(env node.Env) { env.SendEarly("b/sink", &Word{Text: "early, too"}) })
	if w := await(t, "the other early word", words); w.Text != "early, too" {
		t.Fatalf("%q came before its cause was durable", w.Text)
	}
	select {
	case <-durable:
		t.Fatal("a completion ran for what is not durable")
	default:
	}
	g.set(false, nil)
	if w := await(t, "the held word", words); w.Text != "held" {
		t.Fatalf("%q came", w.Text)
	}
	await(t, "the completion", durable)
}

// The loop's alarm is set for the farther timer when the visit sets a nearer one.
func TestWhatAVisitBeginsGoesOn(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	serve(t, h, "node", &actor{})
	do(t, h, "node", func(env node.Env) { env.Timer(func() {}).Reset(time.Hour) })
	fired, slept, sent := make(chan struct{}), make(chan struct{}), make(chan struct{})
	serve(t, h, "other", &actor{receive: func(node.Env, node.Addr, *Word) { close(sent) }})
	here(t, h, "node", func(env node.Env) { env.Timer(func() { close(fired) }).Reset(time.Millisecond) })
	await(t, "the timer", fired)
	here(t, h, "node", func(env node.Env) {
		env.Go(func(task node.Task) {
			task.Sleep(time.Millisecond)
			close(slept)
		})
	})
	await(t, "the task", slept)
	here(t, h, "node", func(env node.Env) { env.Send("a/other", &Word{}) })
	await(t, "the message", sent)
}

// Visitors, posters, messages, timers and completions touch the same things, and the
// race detector looks on.
func TestVisitorsTakeTurnsWithTheLoop(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	heard, durable, fired := 0, 0, 0 // touched on the loop only
	const posters, each = 6, 500
	serve(t, h, "node", &actor{receive: func(node.Env, node.Addr, *Word) { heard++ }})
	last := [posters]int{}
	var wg sync.WaitGroup
	for p := range posters {
		wg.Go(func() {
			for i := 1; i <= each; i++ {
				post := h.DoHere
				if i%(p+2) == 0 {
					post = h.Do
				}
				err := post("node", func(n node.Node) {
					if last[p] != i-1 {
						t.Errorf("poster %d: %d ran after %d", p, i, last[p])
					}
					last[p] = i
					env := n.(*actor).env
					env.Log("log").Append([]byte("x"))
					env.Send("a/node", &Word{})
					env.Durable(func() { durable++ })
					env.Timer(func() { fired++ }).Reset(time.Duration(i%3) * 100 * time.Microsecond)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	eventually(t, "all to be done", func() (all bool) {
		do(t, h, "node", func(node.Env) { all = heard+durable+fired == 3*posters*each })
		return all
	})
}

// What is queued goes first.
func TestABusyLoopIsNotVisited(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	serve(t, h, "node", &actor{})
	release := occupy(t, h, "node")
	order := make(chan int, 2)
	for i, post := range []func(string, func(node.Node)) error{h.Do, h.DoHere} {
		if err := post("node", func(node.Node) { order <- i }); err != nil {
			t.Fatal(err)
		}
	}
	if len(order) > 0 {
		t.Fatal("a visit to a loop that was busy")
	}
	release()
	if first, second := await(t, "the first", order), await(t, "the second", order); first != 0 || second != 1 {
		t.Fatalf("%d ran before %d", first, second)
	}
}

func TestAHostThatStopsWaitsForItsVisitor(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	serve(t, h, "node", &actor{})
	if err := h.DoHere("nobody", func(node.Node) {}); !errors.Is(err, live.ErrNoService) {
		t.Errorf("a visit to nobody: %v", err)
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	var left atomic.Bool
	go visit(h, "node", func(node.Env) {
		close(entered)
		<-leave
		left.Store(true)
	})
	await(t, "the visitor", entered)
	closed := make(chan bool, 1)
	go func() {
		h.Close()
		closed <- left.Load()
	}()
	await(t, "the stop", h.Done())
	close(leave)
	if !await(t, "the close", closed) {
		t.Fatal("the host was closed with a visitor in it")
	}
	if err := h.DoHere("node", func(node.Node) {}); !errors.Is(err, live.ErrStopped) {
		t.Errorf("a visit after the stop: %v", err)
	}
}

func TestWhatGoesWrongInAVisitStopsTheHost(t *testing.T) {
	for what, f := range map[string]func(node.Env){
		"panicked: invariant 7":    func(node.Env) { panic("invariant 7") },
		"ended its goroutine":      func(node.Env) { runtime.Goexit() },
		"panicked: in a timer":     func(env node.Env) { env.Timer(func() { panic("in a timer") }).Reset(0) },
		"panicked: in a task":      func(env node.Env) { env.Go(func(node.Task) { panic("in a task") }) },
		"panicked: when it is out": func(env node.Env) { env.Durable(func() { panic("when it is out") }) },
	} {
		h := open(t, live.Config{Name: "a"})
		serve(t, h, "node", &actor{})
		go visit(h, "node", f) // its own goroutine, which may end
		await(t, "the stop after it "+what, h.Done())
		if err := h.Err(); err == nil || !strings.Contains(err.Error(), "a/node "+what) {
			t.Errorf("stopped with %v, want %q", err, what)
		}
	}
}
