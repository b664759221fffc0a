package host_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/parleysystems/parley/serve/host"
)

// openStore starts a host that is a cluster by itself, with a store by name.
func openStore(t *testing.T, dir, store string) (*host.Host, error) {
	t.Helper()
	peer, client := listener(t), listener(t)
	return host.Open(host.Config{
		Cluster: "test", Name: "a", Dir: dir, Store: store, Peer: peer, Client: client,
		Members: []host.Member{{Name: "a", Peer: peer.Addr().String(), Client: client.Addr().String()}},
	})
}

// A host keeps what it was given with values in the engine, after a start with them in
// memory as well, and the other way round.
func TestStoresMayBeExchanged(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	value := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 50+i*40) }
	for round, store := range []string{"engine", "memory", "engine"} {
		h, err := openStore(t, dir, store)
		if err != nil {
			t.Fatal(err)
		}
		c, err := clientv3.New(clientv3.Config{Endpoints: []string{h.Status().Client}, Logger: zap.NewNop()})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			key := fmt.Sprint("k", i)
			r, err := c.Get(ctx, key)
			if err != nil || round > 0 && (len(r.Kvs) != 1 || !bytes.Equal(r.Kvs[0].Value, value(i+round-1))) {
				t.Fatalf("round %d, key %d: %v, %v", round, i, r, err)
			}
			if _, err := c.Put(ctx, key, string(value(i+round))); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := openStore(t, dir, "tape"); err == nil || !strings.Contains(err.Error(), "memory, engine") {
		t.Fatal(err)
	}
}
