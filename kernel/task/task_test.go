package task_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/task"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

type question struct {
	Text string `wire:"1"`
}

var _ = wire.Register[question]("task.question")

// scripted is a node whose Start and Receive are functions of the test.
type scripted struct {
	start   func(node.Env)
	receive func(env node.Env, from node.Addr, m node.Message)
	env     node.Env
}

func (s *scripted) Start(env node.Env) {
	s.env = env
	if s.start != nil {
		s.start(env)
	}
}

func (s *scripted) Receive(from node.Addr, m node.Message) {
	if s.receive != nil {
		s.receive(s.env, from, m)
	}
}

func world(t *testing.T) *sim.World {
	w := sim.New(sim.Config{Seed: 1, Link: sim.Link{Delay: sim.Constant(time.Millisecond)}})
	t.Cleanup(w.Close)
	return w
}

func serve(w *sim.World, host string, s *scripted) node.Addr {
	return w.Host(host).Serve("test", func() node.Node { return s })
}

func TestATaskRunsToItsFirstWaitBeforeGoReturns(t *testing.T) {
	var order []string
	w := world(t)
	serve(w, "a", &scripted{start: func(env node.Env) {
		env.Go(func(t node.Task) {
			order = append(order, "task")
			t.Sleep(time.Second)
			order = append(order, "task after sleep")
		})
		order = append(order, "handler")
	}})
	w.Run(2 * time.Second)
	if want := []string{"task", "handler", "task after sleep"}; !slices.Equal(order, want) {
		t.Errorf("order is %v, want %v", order, want)
	}
}

func TestAWokenTaskRunsAfterTheHandlerThatWokeIt(t *testing.T) {
	var order []string
	var f node.Future[int]
	w := world(t)
	a := serve(w, "a", &scripted{
		start: func(env node.Env) {
			for _, name := range []string{"first", "second"} {
				env.Go(func(t node.Task) {
					f.Await(t)
					order = append(order, name)
				})
			}
		},
		receive: func(env node.Env, _ node.Addr, _ node.Message) {
			f.Resolve(1)
			order = append(order, "handler")
		},
	})
	serve(w, "b", &scripted{start: func(env node.Env) { env.Send(a, &question{}) }})
	w.Run(time.Second)
	if want := []string{"handler", "first", "second"}; !slices.Equal(order, want) {
		t.Errorf("order is %v, want %v", order, want)
	}
}

func TestAWakeWithinArmGoesOnAtOnce(t *testing.T) {
	at := time.Duration(-1)
	w := world(t)
	serve(w, "a", &scripted{start: func(env node.Env) {
		env.Go(func(t node.Task) {
			t.Await(func(wake func()) { wake(); wake() })
			at = env.Elapsed()
		})
	}})
	w.Run(time.Second)
	if at != 0 {
		t.Errorf("went on at %v, want 0", at)
	}
}

func TestACallGetsTheAnswerMeantForIt(t *testing.T) {
	var answers []string
	w := world(t)
	server := serve(w, "s", &scripted{receive: func(env node.Env, from node.Addr, m node.Message) {
		env.Send(from, &question{"re: " + m.(*question).Text})
	}})
	serve(w, "c", &scripted{start: func(env node.Env) {
		for _, text := range []string{"x", "y"} {
			env.Go(func(t node.Task) {
				answer, err := t.Call(server, &question{text}, time.Second)
				if err == nil {
					answers = append(answers, text+" "+answer.(*question).Text)
				}
			})
		}
	}})
	w.Run(time.Second)
	slices.Sort(answers)
	if want := []string{"x re: x", "y re: y"}; !slices.Equal(answers, want) {
		t.Errorf("answers are %q, want %q", answers, want)
	}
}

func TestALateAnswerIsDropped(t *testing.T) {
	var errs []error
	received := 0
	w := world(t)
	server := serve(w, "s", &scripted{receive: func(env node.Env, from node.Addr, m node.Message) {
		timer := env.Timer(func() { env.Send(from, m) })
		timer.Reset(30 * time.Millisecond)
	}})
	serve(w, "c", &scripted{
		start: func(env node.Env) {
			env.Go(func(t node.Task) {
				for range 2 {
					_, err := t.Call(server, &question{}, 20*time.Millisecond)
					errs = append(errs, err)
				}
			})
		},
		receive: func(node.Env, node.Addr, node.Message) { received++ },
	})
	w.Run(time.Second)
	if len(errs) != 2 || !errors.Is(errs[0], node.ErrTimeout) || !errors.Is(errs[1], node.ErrTimeout) || received != 0 {
		t.Errorf("errors %v, %d answers at the node; want two timeouts, none", errs, received)
	}
}

func TestAwaitForGivesUp(t *testing.T) {
	var never, soon node.Future[string]
	var err, none error
	var value string
	w := world(t)
	serve(w, "a", &scripted{start: func(env node.Env) {
		env.Go(func(t node.Task) {
			_, err = never.AwaitFor(t, time.Second)
			value, none = soon.AwaitFor(t, 3*time.Second)
		})
		env.Go(func(t node.Task) {
			t.Sleep(2 * time.Second)
			soon.Resolve("here")
			soon.Resolve("too late")
		})
	}})
	w.Run(5 * time.Second)
	if !errors.Is(err, node.ErrTimeout) || none != nil || value != "here" {
		t.Errorf("got %v, then %q, %v", err, value, none)
	}
}

func TestACrashUnwindsTasksAndTheirEnvIsDead(t *testing.T) {
	unwound, sent := 0, 0
	w := world(t)
	b := serve(w, "b", &scripted{receive: func(node.Env, node.Addr, node.Message) { sent++ }})
	serve(w, "a", &scripted{start: func(env node.Env) {
		for range 3 {
			env.Go(func(t node.Task) {
				defer func() {
					unwound++
					env.Send(b, &question{"from the grave"})
				}()
				t.Sleep(time.Hour)
			})
		}
	}})
	w.Run(time.Second)
	w.Host("a").Crash()
	w.Run(time.Second)
	if unwound != 3 || sent != 0 {
		t.Errorf("%d of 3 tasks unwound, %d messages left a dead node", unwound, sent)
	}
}

func TestAPanicOfATaskKeepsItsStack(t *testing.T) {
	w := world(t)
	serve(w, "a", &scripted{start: func(env node.Env) {
		env.Go(func(t node.Task) {
			t.Sleep(time.Second)
			panic("invariant broken")
		})
	}})
	defer func() {
		p, ok := recover().(*task.Panic)
		if !ok || p.Value != "invariant broken" || !strings.Contains(string(p.Stack), "task_test.go") {
			t.Errorf("recovered %v", p)
		}
	}()
	w.Run(2 * time.Second)
	t.Error("no panic")
}
