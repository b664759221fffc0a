package live_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

func TestAnEchoComesBackFromAnotherHost(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	serve(t, hosts["b"], "echo", echo())
	client, words := sink()
	serve(t, hosts["a"], "client", client)
	do(t, hosts["a"], "client", func(env node.Env) { env.Send("b/echo", &Word{Text: "hello"}) })
	if w := await(t, "the echo", words); w.Text != "hello" {
		t.Fatalf("got %q", w.Text)
	}
}

func TestATaskCallsSleepsAndTimesOut(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	serve(t, hosts["b"], "echo", echo())
	serve(t, hosts["a"], "client", &actor{})
	result := make(chan error, 1)
	do(t, hosts["a"], "client", func(env node.Env) {
		env.Go(func(task node.Task) { result <- converse(task) })
	})
	if err := await(t, "the task", result); err != nil {
		t.Fatal(err)
	}
}

func converse(task node.Task) error {
	for i := range uint64(100) {
		answer, err := task.Call("b/echo", &Word{Number: i}, patience)
		if err != nil || answer.(*Word).Number != i {
			return fmt.Errorf("call %d: %v, %w", i, answer, err)
		}
	}
	before := task.Env().Elapsed()
	task.Sleep(10 * time.Millisecond)
	if slept := task.Env().Elapsed() - before; slept < 10*time.Millisecond {
		return fmt.Errorf("slept %v of 10 ms", slept)
	}
	if _, err := task.Call("b/nobody", &Word{}, 10*time.Millisecond); !errors.Is(err, node.ErrTimeout) {
		return fmt.Errorf("call of nobody: %w", err)
	}
	return nil
}

func TestServicesOfOneHostTalkWithoutTheNetwork(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	serve(t, h, "echo", echo())
	client, words := sink()
	serve(t, h, "client", client)
	sent := &Word{Text: "same pointer"}
	do(t, h, "client", func(env node.Env) { env.Send("a/echo", sent) })
	if w := await(t, "the echo", words); w != sent {
		t.Fatal("the message was copied")
	}
}

func TestMessagesToOneDestinationKeepTheirOrder(t *testing.T) {
	hosts := cluster(t, live.Config{}, "a", "b")
	server, words := sink()
	serve(t, hosts["b"], "sink", server)
	serve(t, hosts["a"], "client", &actor{})
	const count = 5000
	do(t, hosts["a"], "client", func(env node.Env) {
		for i := range uint64(count) {
			if i%7 == 0 {
				env.Log("log").Append([]byte("x"))
			}
			env.Send("b/sink", &Word{Number: i})
		}
	})
	for i := range uint64(count) {
		if w := await(t, "a word", words); w.Number != i {
			t.Fatalf("word %d came as number %d", w.Number, i)
		}
	}
}
