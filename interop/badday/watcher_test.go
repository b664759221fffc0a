//go:build interop

package badday_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/interop/hosts"
	"github.com/parleysystems/parley/kernel/workload"
)

// change is what a watcher saw of one event.
type change struct {
	revision   int64
	key, value string // no value: deleted
}

// watcher follows all that happens to the keys of the load, through whatever
// happens to the host that it asks.
type watcher struct {
	mu      sync.Mutex
	changes []change
	err     error
}

func watch(t *testing.T, store *clientv3.Client) *watcher {
	w := &watcher{}
	ctx, cancel := context.WithCancel(context.Background())
	events := store.Watch(ctx, prefix, clientv3.WithPrefix(), clientv3.WithRev(1))
	ended := make(chan struct{})
	t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		for r := range events {
			w.take(r)
		}
	}()
	return w
}

func (w *watcher) take(r clientv3.WatchResponse) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := r.Err(); err != nil {
		w.err = err
		return
	}
	for _, e := range r.Events {
		c := change{e.Kv.ModRevision, string(e.Kv.Key), string(e.Kv.Value)}
		if n := len(w.changes); n > 0 && w.changes[n-1].revision >= c.revision && w.err == nil {
			w.err = fmt.Errorf("revision %d after %d", c.revision, w.changes[n-1].revision)
		}
		w.changes = append(w.changes, c)
	}
}

func (w *watcher) last() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.changes) == 0 {
		return 0
	}
	return w.changes[len(w.changes)-1].revision
}

// judgeWatchers: each saw every acknowledged change, once and in order, and all
// saw the same.
func (l *load) judgeWatchers(h history) {
	l.t.Helper()
	newest := int64(0)
	for _, op := range h {
		if op.Outcome == workload.OK && !op.In.ReadOnly() {
			newest = max(newest, int64(op.Out.Revision))
		}
	}
	for i, w := range l.watchers {
		hosts.Await(l.t, fmt.Sprintf("watcher %d to see revision %d", i, newest), func() bool { return w.last() >= newest })
		w.mu.Lock()
		seen, err := w.changes, w.err
		w.mu.Unlock()
		if err != nil {
			l.t.Errorf("watcher %d: %v", i, err)
		}
		l.missing(i, seen, h)
	}
	l.sameChanges(newest)
}

func (l *load) missing(watcher int, seen []change, h history) {
	l.t.Helper()
	byRevision := map[int64]change{}
	for _, c := range seen {
		byRevision[c.revision] = c
	}
	for _, op := range h {
		if op.Outcome != workload.OK || op.In.ReadOnly() || op.Out.Revision == 0 {
			continue
		}
		want := change{int64(op.Out.Revision), op.In.Key, op.In.Value}
		if got := byRevision[want.revision]; got != want {
			l.t.Errorf("watcher %d saw %+v, acknowledged was %+v (operation %d)", watcher, got, want, op.ID)
			return
		}
	}
}

func (l *load) sameChanges(until int64) {
	l.t.Helper()
	var first []change
	for i, w := range l.watchers {
		w.mu.Lock()
		n := 0
		for n < len(w.changes) && w.changes[n].revision <= until {
			n++
		}
		seen := w.changes[:n]
		w.mu.Unlock()
		if i == 0 {
			first = seen
		} else if !slices.Equal(seen, first) {
			l.t.Errorf("watcher %d saw %d changes, watcher 0 saw %d, and they differ", i, len(seen), len(first))
		}
	}
}
