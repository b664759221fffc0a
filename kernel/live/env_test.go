package live_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

func TestTimersFireInOrderAndStoppedOnesDoNot(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	serve(t, h, "node", &actor{})
	fired := make(chan int, 10)
	do(t, h, "node", func(env node.Env) {
		timers := make([]node.Timer, 5)
		for i := range timers {
			timers[i] = env.Timer(func() { fired <- i })
		}
		timers[4].Reset(40 * time.Millisecond)
		timers[3].Reset(time.Hour)
		timers[2].Reset(time.Millisecond)
		timers[1].Reset(time.Millisecond)
		timers[0].Reset(0)
		timers[3].Reset(20 * time.Millisecond)
		timers[2].Reset(30 * time.Millisecond)
		timers[1].Stop()
		select {
		case i := <-fired:
			t.Errorf("timer %d fired within the event that set it", i)
		default:
		}
	})
	for _, want := range []int{0, 3, 2, 4} {
		if got := await(t, "a timer", fired); got != want {
			t.Fatalf("timer %d fired, want %d", got, want)
		}
	}
}

func TestATimerThatResetsItselfToZeroLeavesRoomForOthers(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	serve(t, h, "node", &actor{})
	do(t, h, "node", func(env node.Env) {
		var again node.Timer
		again = env.Timer(func() { again.Reset(0) })
		again.Reset(0)
	})
	for range 10 {
		do(t, h, "node", func(node.Env) {})
	}
}

func TestJobsRunBesideTheLoop(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	serve(t, h, "node", &actor{})
	running, finish := make(chan struct{}), make(chan struct{})
	result := make(chan any, 1)
	do(t, h, "node", func(env node.Env) {
		env.Job(func() any { close(running); <-finish; return 42 }, func(v any) { result <- v })
	})
	await(t, "the job", running)
	do(t, h, "node", func(node.Env) {}) // the loop is free meanwhile
	close(finish)
	if v := await(t, "the result", result); v != 42 {
		t.Fatalf("result %v", v)
	}
}

func TestNotesGoToTheLoggerAtDebug(t *testing.T) {
	j := &journal{}
	h := open(t, live.Config{Name: "a", Logger: j.logger()})
	serve(t, h, "node", &actor{})
	do(t, h, "node", func(env node.Env) { env.Note("became leader") })
	if !j.has("level=DEBUG", "became leader", "node=a/node") {
		t.Fatal(j)
	}
}

func TestWhatATimerSendsLeavesAlthoughNothingElseHappens(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	received, words := sink()
	serve(t, hosts["b"], "sink", received)
	serve(t, hosts["a"], "node", &actor{})
	do(t, hosts["a"], "node", func(env node.Env) {
		env.Timer(func() { env.Send("b/sink", &Word{Text: "tick"}) }).Reset(10 * time.Millisecond)
	})
	await(t, "the word", words)
}
