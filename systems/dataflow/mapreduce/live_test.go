package mapreduce_test

import (
	"bytes"
	"fmt"
	"iter"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// meter is a Monitor that a body and a loop use at one time.
type meter struct {
	bytes     atomic.Int64
	cancelled atomic.Bool
}

func (m *meter) Advance(n int64) error {
	if m.cancelled.Load() {
		return mapreduce.ErrCancelled
	}
	m.bytes.Add(n)
	return nil
}

func (m *meter) Advanced() int64 { return m.bytes.Load() }
func (m *meter) Cancel()         { m.cancelled.Store(true) }

// rack is a master with the file system, and workers, as hosts on loopback.
type rack struct {
	t      *testing.T
	listen map[string]string
	hosts  map[string]*live.Host
	dir    string // of the master
	gate   *gate
}

// gate lets map tasks begin up to a number, and the rest when it is opened.
type gate struct {
	mu    sync.Mutex
	begun int
	free  int
	open  chan struct{}
}

func (g *gate) pass() {
	g.mu.Lock()
	g.begun++
	waits := g.begun > g.free
	g.mu.Unlock()
	if waits {
		<-g.open
	}
}

func newRack(t *testing.T, workers int, free int) *rack {
	r := &rack{t: t, listen: map[string]string{}, hosts: map[string]*live.Host{}, dir: t.TempDir(), gate: &gate{free: free, open: make(chan struct{})}}
	names := []string{"m"}
	for i := range workers {
		names = append(names, fmt.Sprint("w", i))
	}
	for _, name := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		r.listen[name] = l.Addr().String()
		l.Close()
	}
	for _, name := range names {
		r.open(name)
	}
	return r
}

func (r *rack) open(name string) {
	peers := map[string]string{}
	for other, at := range r.listen {
		if other != name {
			peers[other] = at
		}
	}
	dir := r.t.TempDir()
	if name == "m" {
		dir = r.dir
	}
	h, err := live.Open(live.Config{Name: name, Dir: dir, Listen: r.listen[name], Peers: peers})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { h.Close() })
	r.hosts[name] = h
	if name == "m" {
		return
	}
	if err := h.Serve("worker", func() node.Node {
		return mapreduce.NewWorker(mapreduce.WorkerConfig{
			Library: r.library, Chunk: 4 << 10, RetryAfter: 100 * time.Millisecond,
			Monitor: func() mapreduce.Monitor { return new(meter) },
		})
	}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rack) library([]byte) (mapreduce.Program, error) {
	count := func(_ []byte, values iter.Seq[[]byte], emit func([]byte)) {
		n := 0
		for range values {
			n++
		}
		emit(fmt.Append(nil, n))
	}
	return mapreduce.Functions{
		Read: func(s mapreduce.Split) iter.Seq2[mapreduce.Record, error] {
			return func(yield func(mapreduce.Record, error) bool) {
				r.gate.pass()
				yield(mapreduce.Record{Value: s.Spec}, nil)
			}
		},
		Map: func(rec mapreduce.Record, emit func(key, value []byte)) {
			for _, word := range bytes.Fields(rec.Value) {
				emit(word, []byte("1"))
			}
		},
		Reduce: count,
	}.Program(), nil
}

// On sockets and files: a worker with completed maps is killed in mid-job, and the
// outputs are those of a sequential run.
func TestLiveWorkersFinishWhenOneIsKilled(t *testing.T) {
	const maps, partitions = 12, 3
	r := newRack(t, 3, 6)
	var splits []mapreduce.Split
	for i := range maps {
		splits = append(splits, mapreduce.Split{Spec: []byte(strings.Repeat(fmt.Sprintf("a b%d c%d ", i%5, i), 300)), Bytes: 3000})
	}
	ended := make(chan mapreduce.Status, 1)
	if err := r.hosts["m"].Serve("files", func() node.Node { return mapreduce.NewFiles() }); err != nil {
		t.Fatal(err)
	}
	if err := r.hosts["m"].Serve("master", func() node.Node {
		return mapreduce.NewMaster(mapreduce.MasterConfig{
			Job: mapreduce.Job{ID: "words", Splits: splits, Partitions: partitions}, Files: "m/files",
			Workers:   []node.Addr{"w0/worker", "w1/worker", "w2/worker"},
			PingEvery: 20 * time.Millisecond, DeadAfter: 500 * time.Millisecond, SlowStart: 1000,
			Ended: func(s mapreduce.Status) { ended <- s },
		})
	}); err != nil {
		t.Fatal(err)
	}
	r.until("a map of w0 is completed", func(s mapreduce.Status) bool { return s.Maps.Done >= 5 })
	closed := make(chan error, 1)
	go func() { closed <- r.hosts["w0"].Close() }() // which waits for the body that the gate holds up
	<-r.hosts["w0"].Done()
	close(r.gate.open)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	var s mapreduce.Status
	select {
	case s = <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the job has not ended after 30 s")
	}
	if s.Phase != mapreduce.Finished || s.WorkersLost == 0 {
		t.Fatalf("the job ended so: %+v", s)
	}
	program, _ := r.library(nil)
	want, _, err := mapreduce.Sequential(program, splits, partitions, 4<<20)
	if err != nil {
		t.Fatal(err)
	}
	for p := range partitions {
		got, err := os.ReadFile(filepath.Join(r.dir, "files", "files", mapreduce.OutputName("words", p)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want[p]) {
			t.Errorf("output %d has %d bytes and differs from the %d of a sequential run", p, len(got), len(want[p]))
		}
	}
}

// until polls the master until it is so.
func (r *rack) until(what string, so func(mapreduce.Status) bool) {
	deadline := time.After(20 * time.Second)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		answer := make(chan mapreduce.Status, 1)
		err := r.hosts["m"].Do("master", func(n node.Node) { answer <- n.(*mapreduce.Master).Status() })
		if err != nil {
			r.t.Fatal(err)
		}
		if so(<-answer) {
			return
		}
		select {
		case <-look.C:
		case <-deadline:
			r.t.Fatalf("it never was so: %s", what)
		}
	}
}
