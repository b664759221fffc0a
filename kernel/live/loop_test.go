package live_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

func TestDoRunsInOrderAndOnOneLoop(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	serve(t, h, "counter", &actor{})
	const posters, each = 8, 2000
	last, total := [posters]int{}, 0 // touched on the loop only
	var wg sync.WaitGroup
	for p := range posters {
		wg.Go(func() {
			for i := 1; i <= each; i++ {
				err := h.Do("counter", func(node.Node) {
					if last[p] != i-1 {
						t.Errorf("poster %d: %d ran after %d", p, i, last[p])
					}
					last[p] = i
					total++
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	do(t, h, "counter", func(node.Env) {
		if total != posters*each {
			t.Errorf("%d of %d ran", total, posters*each)
		}
	})
}

// occupy keeps a loop busy until release is called, or the test ends.
func occupy(t *testing.T, h *live.Host, service string) (release func()) {
	t.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	h.Do(service, func(node.Node) { close(entered); <-leave })
	await(t, "the loop to be busy", entered)
	release = sync.OnceFunc(func() { close(leave) })
	t.Cleanup(release)
	return release
}

func TestAFullMailboxRefusesOrBlocksPosts(t *testing.T) {
	b := brisk()
	b.MailboxPosts = 4
	h := open(t, live.Config{Name: "a", Bounds: b})
	serve(t, h, "slow", &actor{})
	release := occupy(t, h, "slow")
	for range b.MailboxPosts {
		if err := h.TryDo("slow", func(node.Node) {}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.TryDo("slow", func(node.Node) {}); !errors.Is(err, live.ErrBusy) {
		t.Fatalf("post beyond the bound: %v", err)
	}
	blocked := make(chan error, 1)
	go func() { blocked <- h.Do("slow", func(node.Node) {}) }()
	release()
	if err := await(t, "room", blocked); err != nil {
		t.Fatal(err)
	}
}

func TestAFullMailboxDropsMessagesAndCounts(t *testing.T) {
	b := brisk()
	b.MailboxMessages = 10
	h := open(t, live.Config{Name: "a", Bounds: b})
	receiver, words := sink()
	serve(t, h, "slow", receiver)
	serve(t, h, "client", &actor{})
	release := occupy(t, h, "slow")
	for i := range uint64(15) {
		do(t, h, "client", func(env node.Env) { env.Send("a/slow", &Word{Number: i}) })
	}
	eventually(t, "five are dropped", func() bool { return h.Stats().Services[0].Dropped == 5 })
	release()
	for i := range uint64(10) {
		if w := await(t, "a word that had room", words); w.Number != i {
			t.Fatalf("got %d for %d", w.Number, i)
		}
	}
}

func TestClosingFreesWhoWaitsForRoom(t *testing.T) {
	b := brisk()
	b.MailboxPosts = 1
	h := open(t, live.Config{Name: "a", Bounds: b})
	serve(t, h, "slow", &actor{})
	release := occupy(t, h, "slow")
	h.Do("slow", func(node.Node) {})
	blocked := make(chan error, 1)
	go func() { blocked <- h.Do("slow", func(node.Node) {}) }()
	closed := make(chan error, 1)
	go func() { closed <- h.Close() }()
	if err := await(t, "the waiting post", blocked); !errors.Is(err, live.ErrStopped) {
		t.Fatalf("post at a stop: %v", err)
	}
	release()
	if err := await(t, "the close", closed); err != nil {
		t.Fatal(err)
	}
	if err := h.Do("slow", func(node.Node) {}); !errors.Is(err, live.ErrStopped) {
		t.Fatalf("post after the stop: %v", err)
	}
}

func TestCloseUnwindsTasksAndTheirEnvDoesNothing(t *testing.T) {
	dir := t.TempDir()
	h := open(t, live.Config{Name: "a", Dir: dir})
	serve(t, h, "node", &actor{})
	unwound := make(chan node.LSN, 1)
	do(t, h, "node", func(env node.Env) {
		env.Log("log").Append([]byte("before"))
		env.Go(func(task node.Task) {
			defer func() {
				env.Send("a/node", &Word{})
				env.Durable(func() { t.Error("completion after the end") })
				unwound <- env.Log("log").Append([]byte("after"))
			}()
			task.Sleep(time.Hour)
		})
	})
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, "the deferred function", unwound)
	h = open(t, live.Config{Name: "a", Dir: dir})
	serve(t, h, "node", &actor{})
	do(t, h, "node", func(env node.Env) {
		if got := records(env, "log"); len(got) != 1 || got[0] != "before" {
			t.Errorf("log has %q", got)
		}
	})
}
