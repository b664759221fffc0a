//go:build interop

package badday_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/interop/hosts"
	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/workload"
)

func TestMain(m *testing.M) { hosts.Main(m) }

const (
	clientsPerHost = 3
	prefix         = "load/"
)

var mix = workload.Mix{Keys: 16, Prefix: prefix, Read: 4, Write: 4, CAS: 3, Delete: 1}

func keyName(m workload.Mix, i int) string { return fmt.Sprintf("%sk%d", m.Prefix, i) }

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// load is clients at work on every host, and a watcher at every host.
type load struct {
	t        *testing.T
	cluster  *hosts.Cluster
	recorder *recorder
	ctx      context.Context // of clients at work
	stop     context.CancelFunc
	working  sync.WaitGroup
	watchers []*watcher
}

func newLoad(t *testing.T, c *hosts.Cluster, seed uint64) *load {
	t.Helper()
	return newLoadOf(t, c, seed, func(h *hosts.Host) store { return etcdStore{c.Connect(h)} })
}

// newLoadOf has every client connect by itself to the host that it asks.
func newLoadOf(t *testing.T, c *hosts.Cluster, seed uint64, connect func(*hosts.Host) store) *load {
	t.Helper()
	began := time.Now()
	ctx, stop := context.WithCancel(context.Background())
	l := &load{t: t, cluster: c, ctx: ctx, stop: stop, recorder: workload.NewRecorder[workload.Request, workload.Response](
		func() time.Duration { return time.Since(began) })}
	t.Cleanup(func() { stop(); l.working.Wait() })
	for i, h := range c.Hosts {
		l.watchers = append(l.watchers, watch(t, c.Connect(h)))
		for j := range clientsPerHost {
			number := i*clientsPerHost + j
			one := &client{number: number, store: connect(h), recorder: l.recorder, requests: workload.NewGenerator(mix, seed, number)}
			l.working.Go(func() { one.run(ctx) })
		}
	}
	return l
}

// judge ends the load, asks every host for what is there, and has the history
// judged.
func (l *load) judge() {
	l.t.Helper()
	l.stop()
	l.working.Wait()
	for i, h := range l.cluster.Hosts {
		everyKey(l.cluster, h, l.recorder, mix, clientsPerHost*len(l.cluster.Hosts)+i)
	}
	h := l.recorder.History()
	ok, failed, unknown := h.Counts()
	l.t.Logf("%d operations: %d ok, %d refused, %d unknown", len(h), ok, failed, unknown)
	if ok < 100 {
		l.t.Errorf("%d operations went well, which proves little", ok)
	}
	if j := check.Linearizable(check.Revisioned(), h, check.Options{Timeout: 20 * time.Second}); j.Verdict != check.OK {
		l.t.Errorf("%v\nhistory: %s", j, l.save(h))
	}
	l.judgeWatchers(h)
}

// save keeps the history of a failed run; go test -artifacts keeps the directory.
func (l *load) save(h history) string {
	name := filepath.Join(l.t.ArtifactDir(), "history.jsonl")
	f, err := os.Create(name)
	if err == nil {
		err = h.WriteJSON(f)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		l.t.Error(err)
	}
	return name
}
