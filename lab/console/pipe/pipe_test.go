package pipe_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/lab/console/pipe"
	"github.com/parleysystems/parley/lab/console/player"
)

// asEngine makes this test binary the process at the other end.
const asEngine = "PARLEY_TEST_ENGINE"

func TestMain(m *testing.M) {
	if os.Getenv(asEngine) == "" {
		os.Exit(m.Run())
	}
	register("patient", func(o experiment.Options) { <-o.Context.Done() })
	register("deaf", func(experiment.Options) { select {} })
	register("fatal", func(experiment.Options) { os.Exit(7) })
	if err := pipe.Serve(os.Stdin, os.Stdout, player.New()); err != nil {
		os.Exit(1)
	}
}

func register(name string, run func(experiment.Options)) {
	experiment.Register(&experiment.Experiment{
		System: "sample", Name: name, Question: "What becomes of a run that does not end?", Hosts: "0",
		Run: func(_ uint64, o experiment.Options) experiment.Result {
			run(o)
			return experiment.Result{Verdict: check.OK}
		},
	})
}

func engine(t *testing.T) *pipe.Client {
	c := &pipe.Client{Program: os.Args[0], Env: []string{asEngine + "=1"}}
	t.Cleanup(c.Close)
	return c
}

const list = `{"do": "list"}`

func run(name string) []byte {
	return []byte(`{"do": "run", "spec": {"experiment": "sample/` + name + `", "seed": 1}}`)
}

func lists(t *testing.T, c *pipe.Client) {
	t.Helper()
	answer, kind, err := c.Ask(t.Context(), []byte(list))
	if err != nil || kind != "application/json" || !strings.Contains(string(answer), "sample/deaf") {
		t.Fatalf("%v, %s: %s", err, kind, answer)
	}
}

func TestOtherRequestsAreAnsweredWhileOneIsUnderWay(t *testing.T) {
	c := engine(t)
	ctx, giveUp := context.WithCancel(t.Context())
	given := make(chan error)
	go func() {
		_, _, err := c.Ask(ctx, run("patient"))
		given <- err
	}()
	lists(t, c)
	giveUp()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up got %v", err)
	}
	lists(t, c)
}

func TestARequestThatMakesNoSenseIsRefused(t *testing.T) {
	c := engine(t)
	if _, _, err := c.Ask(t.Context(), []byte(`{"do": "dance"}`)); !errors.Is(err, player.ErrRequest) {
		t.Errorf("got %v", err)
	}
	lists(t, c)
}

func TestAnEngineThatEndsIsStartedAgain(t *testing.T) {
	c := engine(t)
	if _, _, err := c.Ask(t.Context(), run("fatal")); err == nil || errors.Is(err, player.ErrRequest) {
		t.Errorf("got %v", err)
	}
	lists(t, c)
}

// A run that never ends, and does not heed who gives up, costs the process.
func TestAnEngineThatHangsIsEndedAndStartedAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the grace of some seconds")
	}
	c := engine(t)
	ctx, giveUp := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer giveUp()
	if _, _, err := c.Ask(ctx, run("deaf")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	// As long as it hangs, the next run waits for its turn.
	if _, _, err := c.Ask(t.Context(), run("fatal")); err == nil {
		t.Error("a run was made beside one that hangs")
	}
	lists(t, c)
}
