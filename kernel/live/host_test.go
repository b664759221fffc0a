package live_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

func TestAFullMailboxRefusesOrBlocksPosts(t *testing.T) {
	b := brisk()
	b.MailboxPosts = 4
	h := open(t, live.Config{Name: "a", Bounds: b})
	serve(t, h, "slow", &actor{})
	entered, release := make(chan struct{}), make(chan struct{})
	h.Do("slow", func(node.Node) { close(entered); <-release })
	await(t, "the loop to be busy", entered)
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
	close(release)
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
	entered, release := make(chan struct{}), make(chan struct{})
	h.Do("slow", func(node.Node) { close(entered); <-release })
	await(t, "the loop to be busy", entered)
	for i := range uint64(15) {
		do(t, h, "client", func(env node.Env) { env.Send("a/slow", &Word{Number: i}) })
	}
	eventually(t, "five are dropped", func() bool { return h.Stats().Services[0].Dropped == 5 })
	close(release)
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
	entered, release := make(chan struct{}), make(chan struct{})
	h.Do("slow", func(node.Node) { close(entered); <-release })
	await(t, "the loop to be busy", entered)
	h.Do("slow", func(node.Node) {})
	blocked := make(chan error, 1)
	go func() { blocked <- h.Do("slow", func(node.Node) {}) }()
	closed := make(chan error, 1)
	go func() { closed <- h.Close() }()
	if err := await(t, "the waiting post", blocked); !errors.Is(err, live.ErrStopped) {
		t.Fatalf("post at a stop: %v", err)
	}
	close(release)
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

func records(env node.Env, log string) (all []string) {
	for _, r := range env.Log(log).Records(0) {
		all = append(all, string(r))
	}
	return all
}

func TestLogsAndFilesAreThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	h := open(t, live.Config{Name: "a", Dir: dir})
	serve(t, h, "node", &actor{})
	synced := make(chan error, 1)
	do(t, h, "node", func(env node.Env) {
		env.Log("one").Append([]byte("1"))
		env.Log("two").Append([]byte("2"))
		f, err := env.Disk().Create("deep/new")
		if err != nil {
			t.Error(err)
			return
		}
		f.WriteAt([]byte("content"), 0)
		f.Sync(func(err error) {
			if err != nil {
				synced <- err
				return
			}
			env.Disk().Rename("deep/new", "other/final", func(err error) { synced <- err })
		})
		f.Close()
	})
	if err := await(t, "sync and rename", synced); err != nil {
		t.Fatal(err)
	}
	h.Close()
	h = open(t, live.Config{Name: "a", Dir: dir})
	serve(t, h, "node", &actor{})
	do(t, h, "node", func(env node.Env) {
		if one, two := records(env, "one"), records(env, "two"); strings.Join(append(one, two...), " ") != "1 2" {
			t.Errorf("logs have %q and %q", one, two)
		}
		if _, err := env.Disk().Open("deep/new"); !missing(err) {
			t.Errorf("the old name: %v", err)
		}
		f, err := env.Disk().Open("other/final")
		if err != nil {
			t.Error(err)
			return
		}
		content, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
		if string(content) != "content" || err != nil {
			t.Errorf("content %q, %v", content, err)
		}
	})
}

func TestTwoServicesDoNotShareLogsOrFiles(t *testing.T) {
	h := open(t, live.Config{Name: "a"})
	for _, service := range []string{"x", "y"} {
		serve(t, h, service, &actor{})
		do(t, h, service, func(env node.Env) {
			if got := records(env, "log"); len(got) != 0 {
				t.Errorf("%s finds %q in its log", service, got)
			}
			env.Log("log").Append([]byte(service))
			if names, err := env.Disk().List(""); len(names) != 0 || err != nil {
				t.Errorf("%s finds files %q, %v", service, names, err)
			}
			f, err := env.Disk().Create("file")
			if err != nil {
				t.Error(err)
				return
			}
			f.Close()
		})
	}
}

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

func TestOpenSaysWhatIsWrongWithAConfiguration(t *testing.T) {
	dir := t.TempDir()
	for want, c := range map[string]live.Config{
		"host name":              {Dir: dir},
		"character '/'":          {Dir: dir, Name: "a/b"},
		"neither Dir nor Disk":   {Name: "a"},
		"has the name of this":   {Name: "a", Dir: dir, Peers: map[string]string{"a": "127.0.0.1:1"}},
		"missing port":           {Name: "a", Dir: dir, Peers: map[string]string{"b": "127.0.0.1"}},
		"credentials are":        {Name: "a", Dir: dir, Listen: ":7400"},
		"0.0.0.0:1: credentials": {Name: "a", Dir: dir, Listen: "0.0.0.0:1"},
		"b at 192.0.2.1:7400":    {Name: "a", Dir: dir, Peers: map[string]string{"b": "192.0.2.1:7400"}},
		"c at host.example:7400": {Name: "a", Dir: dir, Peers: map[string]string{"c": "host.example:7400"}},
	} {
		h, err := live.Open(c)
		if err == nil {
			h.Close()
			t.Errorf("opened; want an error with %q", want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}

func TestTwoHostsCannotUseOneDirectory(t *testing.T) {
	dir := t.TempDir()
	open(t, live.Config{Name: "a", Dir: dir})
	_, err := live.Open(complete(t, live.Config{Name: "b", Dir: dir}))
	if err == nil || !strings.Contains(err.Error(), filepath.Base(dir)) {
		t.Fatalf("second host on a directory: %v", err)
	}
}

func TestADamagedLogIsReportedAndTheDirectoryGivenBack(t *testing.T) {
	dir := t.TempDir()
	h := open(t, live.Config{Name: "a", Dir: dir})
	serve(t, h, "node", &actor{})
	do(t, h, "node", func(env node.Env) { env.Log("log").Append([]byte("x")) })
	h.Close()
	segments, err := filepath.Glob(filepath.Join(dir, "wal", "*"))
	if err != nil || len(segments) == 0 {
		t.Fatal("no log", err)
	}
	for _, s := range segments {
		if err := os.WriteFile(s, bytes.Repeat([]byte{0xa5}, 8192), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := live.Open(complete(t, live.Config{Name: "a", Dir: dir})); err == nil || !strings.Contains(err.Error(), "corrupt") {
		t.Fatalf("opened on a damaged log: %v", err)
	}
	os.RemoveAll(filepath.Join(dir, "wal"))
	open(t, live.Config{Name: "a", Dir: dir})
}

func TestAListenerBeyondLoopbackNeedsCredentials(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	_, err = live.Open(complete(t, live.Config{Name: "a", Listener: l}))
	if !errors.Is(err, live.ErrNeedCredentials) {
		t.Fatalf("listens in the clear on %v: %v", l.Addr(), err)
	}
}

func TestAPortInUseIsNamedAndTheDirectoryGivenBack(t *testing.T) {
	taken := listener(t)
	defer taken.Close()
	dir := t.TempDir()
	_, err := live.Open(live.Config{Name: "a", Dir: dir, Listen: taken.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Fatalf("port in use: %v", err)
	}
	open(t, live.Config{Name: "a", Dir: dir})
}
