//go:build interop

package goclient_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/interop/hosts"
)

func TestMain(m *testing.M) { hosts.Main(m) }

// fleet is a cluster and a client of each host.
type fleet struct {
	*hosts.Cluster
	at []*clientv3.Client
}

func start(t *testing.T) (*fleet, context.Context) {
	t.Helper()
	f := &fleet{Cluster: hosts.Start(t)}
	for _, h := range f.Hosts {
		f.at = append(f.at, f.Connect(h))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return f, ctx
}

// must returns the answer of a call that has no reason to fail.
func must[T any](answer T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// next returns what comes from the channel next.
func next[T any](ctx context.Context, t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v, open := <-from:
		if !open {
			t.Fatal("the channel was closed")
		}
		return v
	case <-ctx.Done():
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// events reads a watch until n events came, and writes them down as
// "revision put key=value" or "revision delete key", "(was x)" with prev_kv.
func events(ctx context.Context, t testing.TB, from clientv3.WatchChan, n int) (all []string) {
	t.Helper()
	for len(all) < n {
		r := next(ctx, t, from)
		if err := r.Err(); err != nil {
			t.Fatalf("after %q: %v", all, err)
		}
		for _, e := range r.Events {
			all = append(all, written(e))
		}
	}
	return all
}

func written(e *clientv3.Event) string {
	text := fmt.Sprintf("%d delete %s", e.Kv.ModRevision, e.Kv.Key)
	if e.Type == clientv3.EventTypePut {
		text = fmt.Sprintf("%d put %s=%s", e.Kv.ModRevision, e.Kv.Key, e.Kv.Value)
	}
	if e.PrevKv != nil {
		text += fmt.Sprintf(" (was %s)", e.PrevKv.Value)
	}
	return text
}

func expectEvents(ctx context.Context, t testing.TB, from clientv3.WatchChan, want ...string) {
	t.Helper()
	got := events(ctx, t, from, len(want))
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("events\n%q, want\n%q", got, want)
	}
}

// pairs writes an answer down as "key=value key=value".
func pairs(r *clientv3.GetResponse) string {
	text := ""
	for i, kv := range r.Kvs {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprintf("%s=%s", kv.Key, kv.Value)
	}
	return text
}
