//go:build interop

package badday_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/interop/hosts"
)

// onlyParley leaves etcd alone with what is not the door's API: files, logs, the
// way in which a host refuses to start.
func onlyParley(t *testing.T) {
	t.Helper()
	if !hosts.The(t).IsParley() {
		t.Skip("this asks for what etcd does in another way")
	}
}

// limit is a context for what a test asks of a cluster that is well.
func limit(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*hosts.Patience)
	t.Cleanup(cancel)
	return ctx
}

// again asks until it is done, for hosts.Patience at most: a busy machine may change
// its leader under a request. What is asked for may happen more than once.
func again(ctx context.Context, ask func(context.Context) error) error {
	all, cancel := context.WithTimeout(ctx, hosts.Patience)
	defer cancel()
	for {
		one, cancel := context.WithTimeout(all, 10*time.Second)
		err := ask(one)
		cancel()
		if err == nil || all.Err() != nil {
			return err
		}
		pause(all, retry)
	}
}

// put writes keys 0 to n-1 with that value.
func put(t *testing.T, store *clientv3.Client, n int, value string) {
	t.Helper()
	for i := range n {
		write := func(ctx context.Context) error {
			_, err := store.Put(ctx, fmt.Sprintf("kept/%d", i), value)
			return err
		}
		if err := again(t.Context(), write); err != nil {
			t.Fatal(err)
		}
	}
}

// expect wants keys 0 to n-1 with that value, at every host that runs.
func expect(t *testing.T, c *hosts.Cluster, n int, value string) {
	t.Helper()
	for _, h := range c.Running() {
		var r *clientv3.GetResponse
		read := func(ctx context.Context) (err error) {
			r, err = c.Connect(h).Get(ctx, "kept/", clientv3.WithPrefix())
			return err
		}
		if err := again(t.Context(), read); err != nil {
			t.Fatalf("host %s: %v", h.Name, err)
		}
		if len(r.Kvs) != n {
			t.Errorf("host %s has %d keys, %d were acknowledged", h.Name, len(r.Kvs), n)
		}
		for _, kv := range r.Kvs {
			if string(kv.Value) != value {
				t.Errorf("host %s: %s holds %.20q, %.20q was acknowledged", h.Name, kv.Key, kv.Value, value)
			}
		}
	}
}
