package rpc_test

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parleysystems/parley/node"
	door "github.com/parleysystems/parley/serve/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// drain lets "wait" begin as often as it likes, until the test is over.
func (h *house) drain(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var draining sync.WaitGroup
	draining.Go(func() {
		for {
			select {
			case <-h.runs:
			case <-ctx.Done():
				return
			}
		}
	})
	t.Cleanup(func() { stop(); draining.Wait() })
}

// wait calls what never answers, and returns once it runs, how it ends.
func (h *house) wait(t *testing.T, ctx context.Context, c *door.Client) (ends chan error) {
	t.Helper()
	ends = make(chan error, 1)
	go func() {
		_, err := c.Do(ctx, "wait", nil)
		ends <- err
	}()
	ran(t, h.runs)
	return ends
}

func ran[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(time.Minute):
		t.Fatal("nothing comes for a minute")
	}
	return v
}

// each runs a test in the clear, and over TLS.
func each(t *testing.T, test func(t *testing.T, h *house, c door.ClientConfig)) {
	t.Run("plain", func(t *testing.T) {
		h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{})
		test(t, h, door.ClientConfig{Address: h.door.Addr(), RetryAfter: time.Minute})
	})
	t.Run("tls", func(t *testing.T) {
		a := authority(t)
		server, err := a.Credentials("a", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		h := open(t, t.TempDir(), "127.0.0.1:0", door.Config{TLS: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{server.Certificate}}})
		test(t, h, door.ClientConfig{Address: h.door.Addr(), RetryAfter: time.Minute, TLS: known(t, a, "ann")})
	})
}

// A lone caller, who reads the connection, gives up; then one whose patience ends. The
// connection is as good as before.
func TestALoneCallerGivesUp(t *testing.T) {
	each(t, func(t *testing.T, h *house, cfg door.ClientConfig) {
		c := dial(t, cfg)
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			ends := h.wait(t, ctx, c)
			cancel()
			var e *door.Error
			if err := ran(t, ends); !errors.Is(err, context.Canceled) || !errors.As(err, &e) || e.SurelyNot() {
				t.Fatalf("a call that was given up: %v", err)
			}
			if _, err := raise(t, c, 1); err != nil {
				t.Fatal(err)
			}
		}
		cfg.RetryAfter, cfg.Tries = time.Second, 2
		hasty := dial(t, cfg)
		if _, err := door.Insist[Raise, Sum](t.Context(), hasty, "look", &Raise{}); err != nil { // it has a connection now
			t.Fatal(err)
		}
		var e *door.Error
		if err := ran(t, h.wait(t, t.Context(), hasty)); !errors.Is(err, node.ErrTimeout) || !errors.As(err, &e) || e.Sent != 2 {
			t.Fatalf("a call that nobody answered: %v", err)
		}
		if s, err := raise(t, c, 0); err != nil || s.Is != 3 {
			t.Fatalf("after three raises: %v, %v", s, err)
		}
	})
}

// The first caller, who reads for all, has no result and gives up; nobody else notices.
func TestWhoReadsLeavesTheOthers(t *testing.T) {
	each(t, func(t *testing.T, h *house, cfg door.ClientConfig) {
		c := dial(t, cfg)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		first := h.wait(t, ctx, c)
		second := h.wait(t, t.Context(), c)
		for i := range int64(40) {
			if i == 20 {
				cancel()
				if err := ran(t, first); !errors.Is(err, context.Canceled) {
					t.Fatalf("the first caller: %v", err)
				}
			}
			if s, err := raise(t, c, 1); err != nil || s.Is != i+1 {
				t.Fatalf("raise %d: %v, %v", i+1, s, err)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := ran(t, second); !errors.Is(err, door.ErrClosed) {
			t.Fatalf("the second caller: %v", err)
		}
	})
}

// Callers come and go, alone and in crowds, and some give up at any moment. Every result
// comes: with the connection sound, nothing is sent twice.
func TestCallersComeAndGo(t *testing.T) {
	each(t, func(t *testing.T, h *house, cfg door.ClientConfig) {
		h.drain(t)
		cfg.Tries = 1
		c := dial(t, cfg)
		const callers, calls = 6, 64
		var all sync.WaitGroup
		for i := range callers {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			all.Go(func() {
				for n := range calls {
					switch {
					case n%8 == 7:
						ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(1000))*time.Microsecond)
						if _, err := c.Do(ctx, []string{"wait", "look"}[n/8%2], nil); err != nil && !errors.Is(err, context.DeadlineExceeded) {
							t.Error(err)
						}
						cancel()
					default:
						if _, err := raise(t, c, 1); err != nil {
							t.Error(err)
							return
						}
					}
					if r.IntN(10) == 0 { // the others may be alone meanwhile
						<-time.After(time.Duration(r.IntN(2000)) * time.Microsecond)
					}
				}
			})
		}
		all.Wait()
		if s, err := raise(t, c, 0); err != nil || s.Is != callers*(calls-calls/8) {
			t.Fatalf("after %d raises: %v, %v", callers*(calls-calls/8), s, err)
		}
	})
}
