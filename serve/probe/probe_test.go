package probe_test

import (
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parleysystems/parley/serve/client"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/probe"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

const patience = time.Minute

// alone is a cluster of one host.
func alone(t *testing.T) (*host.Host, client.Config) {
	t.Helper()
	var listeners [2]net.Listener
	for i := range listeners {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners[i] = l
	}
	peer := listeners[0].Addr().String()
	h, err := host.Open(host.Config{
		Cluster: "test", Name: "a", Dir: t.TempDir(), Peer: listeners[0], Client: listeners[1],
		Members: []host.Member{{Name: "a", Peer: peer, Client: listeners[1].Addr().String()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h, client.Config{Cluster: "test", Hosts: map[string]string{"a": peer}}
}

// see attends until a sample satisfies want, and returns it.
func see(t *testing.T, p *probe.Probe, what string, after uint64, want func(probe.Sample) bool) probe.Sample {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-tick.C {
		if err := p.Attend(); err != nil {
			t.Fatal(err)
		}
		for _, s := range p.State(after).Samples {
			if want(s) {
				return s
			}
		}
	}
	t.Fatalf("no sample is %s: %+v", what, p.State(after))
	return probe.Sample{}
}

func is(kind string, o probe.Outcome) func(probe.Sample) bool {
	return func(s probe.Sample) bool { return s.Kind == kind && s.Outcome == o }
}

func TestAProbeSeesAPauseAsWhatItIsToClients(t *testing.T) {
	h, c := alone(t)
	p := probe.New(probe.Config{Client: c, Every: 10 * time.Millisecond, Timeout: 500 * time.Millisecond})
	defer p.Close()
	see(t, p, "a put that succeeded", 0, is("put", probe.OK))
	good := see(t, p, "a get that succeeded", 0, is("get", probe.OK))

	resume := h.Pause()
	bad := see(t, p, "a put without an outcome", good.Number, is("put", probe.Unknown))
	see(t, p, "a get without an answer", good.Number, is("get", probe.Failed))
	if bad.Error == "" || bad.Took < 400*time.Millisecond {
		t.Errorf("a put of unknown outcome is %+v", bad)
	}
	if w := p.State(0).Waiting; w <= 0 || w > patience {
		t.Errorf("in the middle of the pause the oldest attempt waits for %v", w)
	}
	resume()
	last := p.State(0).Samples
	see(t, p, "a put after the pause", last[len(last)-1].Number, is("put", probe.OK))
}

func TestAProbeStopsWhenNobodyAttendsAndLeavesNothing(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	h, c := alone(t)
	defer h.Close()
	p := probe.New(probe.Config{Client: c, Every: 5 * time.Millisecond, Linger: 50 * time.Millisecond, Keep: 4})
	if s := p.State(0); s.Running || len(s.Samples) != 0 {
		t.Errorf("before anybody attends: %+v", s)
	}
	see(t, p, "a fifth one", 0, func(s probe.Sample) bool { return s.Number > 5 })
	if s := p.State(0); len(s.Samples) != 4 || s.Samples[0].Number+3 != s.Samples[3].Number {
		t.Errorf("four samples should be kept, in order: %+v", s.Samples)
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); p.State(0).Running; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("it goes on without anybody")
		}
	}
	p.Close()
	reader, err := client.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if kv, err := reader.Get(t.Context(), rsm.Linearizable, []byte(probe.Key)); kv != nil || err != nil {
		t.Errorf("its key is still there: %v, %v", kv, err)
	}
	if p.Attend() == nil {
		t.Error("a closed probe takes up work")
	}
}
