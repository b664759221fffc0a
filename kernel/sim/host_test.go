package sim_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

func TestCrashUnwindsTasksAndSilencesTheirDefers(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	defer w.Close()
	b := serve(w, "b", nil, nil)
	unwound := 0
	serve(w, "a", func(a *actor) {
		for range 3 {
			a.env.Go(func(t node.Task) {
				defer func() {
					unwound++
					a.env.Send(b, &say{Text: "from the grave"})
					a.env.Timer(func() { panic("a timer of the dead") }).Reset(0)
				}()
				t.Sleep(time.Hour)
			})
		}
	}, nil)
	w.Run(10 * ms)
	if unwound != 0 {
		t.Fatal("tasks ended early")
	}
	w.Host("a").Crash()
	if unwound != 3 {
		t.Errorf("%d of 3 tasks were unwound", unwound)
	}
	w.Run(2 * time.Hour)
	if heard(w, b) != 0 {
		t.Error("a crashed host sent a message")
	}
}

func TestCallsAreAnsweredAndLateAnswersDropped(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(10 * ms)})
	defer w.Close()
	b := serve(w, "b", nil, echo)
	var log []string
	a := serve(w, "a", func(a *actor) {
		a.env.Go(func(t node.Task) {
			for _, patience := range []time.Duration{30 * ms, 15 * ms, 30 * ms} {
				answer, err := t.Call(b, &say{N: len(log)}, patience)
				if err != nil {
					log = append(log, err.Error())
					continue
				}
				log = append(log, "answer "+itoa(answer.(*say).N))
			}
		})
	}, nil)
	w.Run(time.Second)
	want := "answer 0, " + node.ErrTimeout.Error() + ", answer 2"
	if got := strings.Join(log, ", "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if heard(w, a) != 0 {
		t.Error("an answer to a call went to Receive")
	}
}

func TestAnswersToAnEarlierIncarnationAreDropped(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(10 * ms)})
	defer w.Close()
	b := serve(w, "b", nil, echo)
	var answers []string
	life := 0
	serve(w, "a", func(a *actor) {
		life++
		text := "life " + itoa(life)
		a.env.Go(func(t node.Task) {
			if answer, err := t.Call(b, &say{Text: text}, time.Second); err == nil {
				answers = append(answers, text+" heard "+answer.(*say).Text)
			}
		})
	}, nil)
	w.Run(5 * ms)
	w.Host("a").Crash()
	w.Host("a").Restart()
	w.Run(time.Second)
	if len(answers) != 1 || answers[0] != "life 2 heard life 2" {
		t.Errorf("%q", answers)
	}
}

func TestCrashInTheMiddleOfAnEventVoidsTheRestOfIt(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	b := serve(w, "b", nil, nil)
	a := serve(w, "a", nil, nil)
	do(w, a, func(a *actor) {
		a.env.Send(b, &say{N: 1})
		w.Host("a").Crash()
		a.env.Send(b, &say{N: 2})
		a.env.Timer(func() { t.Error("a timer of the dead fired") }).Reset(ms)
		a.env.Job(func() any { return nil }, func(any) { t.Error("a job of the dead ended") })
		a.env.Durable(func() { t.Error("a completion of the dead ran") })
	})
	if w.Host("a").Up() || w.Node(a) != nil {
		t.Error("the host is still up after the event")
	}
	w.Run(time.Second)
	if heard(w, b) != 1 {
		t.Errorf("%d messages left, want the one before the crash", heard(w, b))
	}
}

func TestRestartMakesNodesAnew(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	a, b := serve(w, "a", nil, nil), serve(w, "b", nil, nil)
	do(w, a, func(a *actor) { a.state = 7; a.env.Send(b, &say{}) })
	first := w.Node(a)
	w.Host("a").Crash()
	if do(w, a, func(*actor) {}) || w.Node(a) != nil {
		t.Error("a node of a crashed host can be entered")
	}
	do(w, b, func(b *actor) { b.env.Send(a, &say{}) })
	w.Run(10 * ms)
	w.Host("a").Restart()
	w.Run(10 * ms)
	if second := w.Node(a).(*actor); second == first || second.state != 0 || len(second.heard) != 0 {
		t.Error("something of the first incarnation is left")
	}
	do(w, b, func(b *actor) { b.env.Send(a, &say{}) })
	w.Run(10 * ms)
	if heard(w, a) != 1 {
		t.Error("a restarted host does not hear")
	}
}

func TestPausedHostHandlesNothingUntilResumedAndLosesWhatExceedsItsBacklog(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms), Backlog: 3})
	var fired time.Duration
	a := serve(w, "a", func(a *actor) { a.env.Timer(func() { fired = w.Now() }).Reset(20 * ms) }, nil)
	b := serve(w, "b", nil, nil)
	w.Run(10 * ms)
	w.Host("a").Pause()
	do(w, b, func(b *actor) {
		for i := range 5 {
			b.env.Send(a, &say{N: i})
		}
	})
	if do(w, a, func(*actor) {}) {
		t.Error("a paused node was entered")
	}
	w.Run(90 * ms)
	if heard(w, a) != 0 || fired != 0 {
		t.Error("a paused host did something")
	}
	w.Host("a").Resume()
	w.Run(0)
	if heard(w, a) != 3 || fired != 100*ms {
		t.Errorf("after resuming: heard %d messages, timer fired at %v", heard(w, a), fired)
	}
	do(w, a, func(a *actor) {
		if a.env.Elapsed() != 100*ms {
			t.Errorf("the clock stood still: %v", a.env.Elapsed())
		}
	})
}

func TestHaltStopsTheHostAndIsReported(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	cause := errors.New("page 7: checksum mismatch")
	b := serve(w, "b", nil, nil)
	a := serve(w, "a", nil, nil)
	do(w, a, func(a *actor) {
		a.env.Halt(cause)
		a.env.Send(b, &say{})
	})
	w.Run(time.Second)
	if err := w.Host("a").Err(); !errors.Is(err, cause) || !strings.Contains(err.Error(), "a/x") {
		t.Errorf("Err is %v", err)
	}
	if w.Host("a").Up() || heard(w, b) != 0 {
		t.Error("a halted host goes on")
	}
	err := w.Converge(func() error { return errors.New("not all are there") }, time.Second)
	if err == nil || !errors.Is(err, cause) || !strings.Contains(err.Error(), "not all are there") {
		t.Errorf("Converge does not say why: %v", err)
	}
	w.Heal()
	if err := w.Converge(func() error {
		if w.Node(a) == nil {
			return errors.New("not all are there")
		}
		return nil
	}, time.Second); err != nil || w.Host("a").Err() != nil {
		t.Errorf("after healing: %v, %v", err, w.Host("a").Err())
	}
}

func TestJobsAndLocalMessagesTakeTime(t *testing.T) {
	w := sim.New(sim.Config{Job: sim.Constant(3 * ms), Local: sim.Constant(50 * us)})
	var log []string
	other := w.Host("a").Serve("other", func() node.Node {
		return &actor{receive: func(*actor, node.Addr, *say) { log = append(log, "message "+w.Now().String()) }}
	})
	serve(w, "a", func(a *actor) {
		a.env.Job(func() any { return 42 }, func(result any) {
			log = append(log, "job "+itoa(result.(int))+" "+w.Now().String())
		})
		a.env.Send(other, &say{})
	}, nil)
	w.Run(time.Second)
	if got := strings.Join(log, ", "); got != "message 50µs, job 42 3ms" {
		t.Error(got)
	}
}

func TestHooksRunAfterEveryEvent(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	n, entered := 0, 0
	a := serve(w, "a", nil, nil)
	w.OnEvent(func() {
		n++
		do(w, a, func(*actor) { entered++ }) // does not run the hooks again
	})
	b := serve(w, "b", nil, echo)
	do(w, a, func(a *actor) { a.env.Send(b, &say{}) })
	before := n
	w.Run(10 * ms)
	if n-before != 3 { // b starts, b hears, a hears
		t.Errorf("%d hooks for three events", n-before)
	}
	if entered != n {
		t.Errorf("entered %d times in %d hooks", entered, n)
	}
}

func TestCloseLeavesNoTaskBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	w := sim.New(sim.Config{})
	for _, name := range []string{"a", "b"} {
		serve(w, name, func(a *actor) {
			a.env.Go(func(t node.Task) { t.Sleep(time.Hour) })
			a.env.Go(func(t node.Task) { t.Await(func(func()) {}) })
		}, nil)
	}
	w.Run(time.Second)
	w.Host("a").Pause()
	w.Close()
}
