package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parleysystems/parley/serve/client"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

const patience = time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stack is three hosts of the stack on this machine.
type stack struct {
	t     testing.TB
	hosts map[string]*host.Host
	peers map[string]string
}

func newStack(t testing.TB) *stack {
	t.Helper()
	s := &stack{t, map[string]*host.Host{}, map[string]string{}}
	dir := t.TempDir()
	var members []host.Member
	var peers, clients []net.Listener
	for _, name := range []string{"a", "b", "c"} {
		peer, c := listen(t), listen(t)
		peers, clients = append(peers, peer), append(clients, c)
		members = append(members, host.Member{Name: name, Peer: peer.Addr().String(), Client: c.Addr().String()})
		s.peers[name] = peer.Addr().String()
	}
	for i, m := range members {
		h, err := host.Open(host.Config{
			Cluster: "test", Name: m.Name, Dir: filepath.Join(dir, m.Name),
			Members: members, Peer: peers[i], Client: clients[i],
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.Close() })
		s.hosts[m.Name] = h
	}
	return s
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (s *stack) client() *client.Client {
	s.t.Helper()
	c, err := client.Open(client.Config{Cluster: "test", Hosts: s.peers, Timeout: patience})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

func (s *stack) leader() *host.Host {
	s.t.Helper()
	for _, h := range s.hosts {
		if st := h.Status(); st.Role == "leader" {
			return h
		}
	}
	s.t.Fatal("nobody leads")
	return nil
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// increment adds one to a number under key, by a compare-and-swap.
func increment(ctx context.Context, c *client.Client, key []byte) (bool, error) {
	pair, err := c.Get(ctx, rsm.Lease, key)
	if err != nil {
		return false, err
	}
	old, n := kv.Revision(0), 0
	if pair != nil {
		old = pair.ModRevision
		if _, err := fmt.Sscan(string(pair.Value), &n); err != nil {
			return false, err
		}
	}
	r, err := c.Txn(ctx, &kv.Txn{
		Compare: []kv.Compare{{Key: key, Target: kv.CompareMod, Number: int64(old)}},
		Success: []kv.Op{{Put: &kv.Put{Key: key, Value: fmt.Append(nil, n+1)}}},
	})
	return err == nil && r.Succeeded, err
}

func TestStoreThroughTheClient(t *testing.T) {
	c, ctx := newStack(t).client(), within(t)
	first, err := c.Put(ctx, []byte("k1"), []byte("v1"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Put(ctx, []byte("k2"), []byte("v2"))
	if err != nil || second <= first {
		t.Fatalf("revisions %d and then %d, %v", first, second, err)
	}
	for _, level := range []rsm.Level{rsm.Linearizable, rsm.Lease} {
		r, err := c.Range(ctx, level, &kv.Range{Key: []byte("k"), RangeEnd: []byte("l")})
		if err != nil || len(r.KVs) != 2 || !bytes.Equal(r.KVs[1].Value, []byte("v2")) || r.Revision != second {
			t.Errorf("%v: %+v, %v", level, r, err)
		}
	}
	if n, err := c.Delete(ctx, []byte("k"), []byte("l")); n != 2 || err != nil {
		t.Errorf("deleted %d, %v; want 2", n, err)
	}
	if pair, err := c.Get(ctx, rsm.Lease, []byte("k1")); pair != nil || err != nil {
		t.Errorf("a deleted key: %+v, %v", pair, err)
	}
	if _, err := c.Get(ctx, rsm.Serializable, []byte("k1")); err != nil {
		t.Error(err)
	}
	if _, err := c.Put(ctx, nil, []byte("v")); !errors.Is(err, kv.ErrEmptyKey) {
		t.Errorf("a put without a key: %v, want %v", err, kv.ErrEmptyKey)
	}
}

// Increments by compare-and-swap from many goroutines are all there, whichever
// host goes away meanwhile.
func TestNothingIsLostOrDoubledWhenTheLeaderGoes(t *testing.T) {
	s, ctx := newStack(t), within(t)
	one, two := s.client(), s.client()
	const workers, each = 8, 25
	var done sync.WaitGroup
	var unknown, succeeded [workers]int
	for w := range workers {
		done.Go(func() {
			c := one
			if w%2 == 1 {
				c = two
			}
			for succeeded[w]+unknown[w] < each {
				ok, err := increment(ctx, c, []byte("sum"))
				switch {
				case ok:
					succeeded[w]++
				case err != nil && !rsm.SurelyNot(err):
					t.Errorf("worker %d: %v", w, err)
					unknown[w]++
				}
			}
		})
	}
	if _, err := one.Put(ctx, []byte("begun"), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.leader().Close(); err != nil {
		t.Error(err)
	}
	done.Wait()
	pair, err := one.Get(ctx, rsm.Linearizable, []byte("sum"))
	if err != nil || string(pair.Value) != fmt.Sprint(workers*each) {
		t.Errorf("sum is %+v, %v; want %d", pair, err, workers*each)
	}
}

func TestStartedRequestsEndOnceEachEvenIfTheClientCloses(t *testing.T) {
	c, ctx := newStack(t).client(), within(t)
	if _, err := c.Put(ctx, []byte("k"), nil); err != nil {
		t.Fatal(err)
	}
	const n = 2000
	ended := make(chan error, 2*n)
	for i := range n {
		c.Start(&kv.Command{Put: &kv.Put{Key: []byte("k"), Value: fmt.Append(nil, i)}}, func(_ *kv.Result, err error) { ended <- err })
		c.StartRange(rsm.Lease, &kv.Range{Key: []byte("k")}, func(_ *kv.RangeResult, err error) { ended <- err })
	}
	<-ended
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if len(ended) != 2*n-1 {
		t.Errorf("%d outcomes of %d", len(ended)+1, 2*n)
	}
	if _, err := c.Put(ctx, []byte("k"), nil); !errors.Is(err, client.ErrClosed) || !rsm.SurelyNot(err) {
		t.Errorf("a put after Close: %v", err)
	}
}

func TestRequestsBeyondTheBoundAreRefusedOrWait(t *testing.T) {
	c, err := client.Open(client.Config{Hosts: map[string]string{"a": "127.0.0.1:1"}, MaxOutstanding: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Start(&kv.Command{}, func(*kv.Result, error) {})
	var second error
	c.Start(&kv.Command{}, func(_ *kv.Result, err error) { second = err })
	if !errors.Is(second, rsm.ErrBusy) {
		t.Errorf("a second request: %v, want %v", second, rsm.ErrBusy)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := c.Put(ctx, []byte("k"), nil); !errors.Is(err, context.DeadlineExceeded) || !rsm.SurelyNot(err) {
		t.Errorf("one that waits: %v", err)
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	for _, bad := range []client.Config{
		{},
		{Hosts: map[string]string{"a": "127.0.0.1:1"}, MaxOutstanding: rsm.Window},
		{Hosts: map[string]string{"a": "192.0.2.1:1"}},
	} {
		if c, err := client.Open(bad); err == nil {
			c.Close()
			t.Errorf("opened %+v", bad)
		}
	}
}
