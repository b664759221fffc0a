//go:build interop

package badday_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/parleysystems/parley/interop/hosts"
)

// strangers are the first words of those who have no business at a port.
func strangers(random *rand.Rand) (all [][]byte) {
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	largest := binary.LittleEndian.AppendUint32(nil, math.MaxUint32)
	for _, greeting := range []string{
		"", "\x00", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", string(largest), string(bytes.Repeat(largest, 8)),
		strings.Repeat("A", 1<<20), "GET /" + strings.Repeat("x", 1<<20),
	} {
		all = append(all, []byte(greeting), append([]byte(greeting), noise(1000)...))
	}
	for n := 1; n < 1<<16; n *= 2 {
		all = append(all, noise(n))
	}
	return all
}

// shout says something to a port, listens for a moment, and hangs up.
func shout(t *testing.T, address string, words []byte) {
	conn, err := net.DialTimeout("tcp", address, hosts.Patience)
	if err != nil {
		t.Errorf("%s takes no more connections: %v", address, err)
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Millisecond)) // a TCP connection has deadlines
	_, _ = conn.Write(words)                                    // it may hang up first, as it should
	_, _ = conn.Read(make([]byte, 1000))
}

func TestStrangersAtThePortsHurtNobody(t *testing.T) {
	c := hosts.Start(t)
	random := rand.New(rand.NewPCG(uint64(setting(t, "PARLEY_INTEROP_SEED", 1)), 0))
	victim := c.Leader()
	term := statusOf(t, c, victim).RaftTerm
	ports := []string{victim.Peer, victim.Client}
	if c.Program.IsParley() {
		ports = append(ports, victim.HTTP)
	}
	for _, port := range ports {
		for _, words := range strangers(random) {
			shout(t, port, words)
		}
		put(t, c.Connect(victim), 10, port)
		expect(t, c, 10, port)
	}
	if now := statusOf(t, c, victim); now.RaftTerm != term {
		t.Errorf("the leader was lost: term %d became %d", term, now.RaftTerm)
	}
	if c.Program.IsParley() && !strings.Contains(victim.Log(), "not Parley's protocol: it begins with") {
		t.Errorf("the log does not mention them:\n%s", victim.Log())
	}
}

func statusOf(t *testing.T, c *hosts.Cluster, h *hosts.Host) *clientv3.StatusResponse {
	t.Helper()
	s, err := c.Connect(h).Status(limit(t), h.Client)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestConnectionsThatSayNothingHurtNobody opens many and leaves them open.
func TestConnectionsThatSayNothingHurtNobody(t *testing.T) {
	c := hosts.Start(t)
	for _, port := range []string{c.Hosts[0].Peer, c.Hosts[0].Client} {
		for range 200 {
			conn, err := net.DialTimeout("tcp", port, hosts.Patience)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
	}
	put(t, c.Connect(c.Hosts[0]), 10, "v")
	for _, h := range c.Hosts { // others must still be let in after a restart
		h.Kill()
	}
	for _, h := range c.Hosts {
		h.Start()
	}
	c.AwaitReady()
	expect(t, c, 10, "v")
}

func TestAnOversizedRequestIsRefusedAndHurtsNobody(t *testing.T) {
	c := hosts.Start(t)
	greedy, err := clientv3.New(clientv3.Config{
		Endpoints: []string{c.Hosts[0].Client}, DialTimeout: hosts.Patience, Logger: zap.NewNop(),
		MaxCallSendMsgSize: 1 << 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer greedy.Close()
	ctx := limit(t)
	for _, size := range []int{3 << 19, 3 << 20, 64 << 20} {
		_, err := greedy.Put(ctx, "big", strings.Repeat("x", size))
		if code := status.Code(err); err == nil || code == codes.DeadlineExceeded {
			t.Errorf("a put of %d bytes: %v", size, err)
		}
		put(t, c.Connect(c.Hosts[0]), 5, fmt.Sprint(size))
		expect(t, c, 5, fmt.Sprint(size))
	}
	if r, err := c.Connect(c.Hosts[1]).Get(ctx, "big"); err != nil || r.Count != 0 {
		t.Errorf("one of them was executed: %v %v", r, err)
	}
}

// deaf opens watches and never reads what they bring.
func deaf(t *testing.T, h *hosts.Host, streams int) {
	t.Helper()
	for range streams {
		conn := dial(t, h, grpc.WithInitialWindowSize(1<<16), grpc.WithInitialConnWindowSize(1<<16))
		stream, err := watchStream(t.Context(), conn)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(watchAll("flood/")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClientsThatNeverReadTheirWatchesCostLittle(t *testing.T) {
	c := hosts.Start(t)
	h := c.Followers()[0]
	deaf(t, h, 24)
	const rounds, size = 1200, 64 << 10
	ctx, cancel := context.WithCancel(t.Context())
	events := c.Connect(h).Watch(ctx, "flood/", clientv3.WithPrefix(), clientv3.WithCreatedNotify())
	<-events
	store := c.Connect(c.Leader())
	var writing sync.WaitGroup
	defer writing.Wait()
	defer cancel()
	writing.Go(func() {
		for i := range rounds {
			if err := flood(ctx, store, i, size); err != nil {
				if ctx.Err() == nil {
					t.Error(err)
				}
				return
			}
		}
	})
	drain(t, events, rounds)
	if bytes, known := h.ResidentBytes(); known && bytes > 700<<20 {
		t.Errorf("the host holds %d MiB; %d MiB were written, and 24 clients do not read", bytes>>20, rounds*size>>20)
	} else {
		t.Logf("the host holds %d MiB", bytes>>20)
	}
}

// flood puts the i-th value of that size, and throws away old ones now and then.
func flood(ctx context.Context, store *clientv3.Client, i, size int) error {
	value := strings.Repeat("x", size)
	var revision int64
	write := func(ctx context.Context) error {
		r, err := store.Put(ctx, fmt.Sprintf("flood/%d", i%8), value)
		if err == nil {
			revision = r.Header.Revision
		}
		return err
	}
	if err := again(ctx, write); err != nil || i%100 != 99 {
		return err
	}
	return again(ctx, func(ctx context.Context) error {
		_, err := store.Compact(ctx, revision-50)
		if errors.Is(err, rpctypes.ErrCompacted) { // by an attempt that was not answered
			return nil
		}
		return err
	})
}

// drain reads until it has seen n events: who reads misses nothing, and never waits
// for the next one for longer than hosts.Patience, however long all of them take.
func drain(t *testing.T, events clientv3.WatchChan, n int) {
	t.Helper()
	next := time.NewTimer(hosts.Patience)
	defer next.Stop()
	for seen := 0; seen < n; {
		select {
		case r, open := <-events:
			if !open || r.Err() != nil {
				t.Fatalf("the watch of a client that reads ended after %d events: %v", seen, r.Err())
			}
			seen += len(r.Events)
			next.Reset(hosts.Patience)
		case <-next.C:
			t.Fatalf("a client that reads saw %d events of %d", seen, n)
		}
	}
}
