package rsm_test

import (
	"errors"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// piper is a node that is nothing but a pipeline.
type piper struct {
	*rsm.Pipeline
	cfg rsm.PipelineConfig
}

func (p *piper) Start(env node.Env) { p.Pipeline = rsm.NewPipeline(env, servers, p.cfg) }

func (p *piper) Receive(from node.Addr, m node.Message) { p.Pipeline.Receive(from, m) }

func (w *world) pipeline(host string, cfg rsm.PipelineConfig) {
	w.Host(host).Serve("client", func() node.Node { return &piper{cfg: cfg} })
}

// execute has n commands executed at once, by a host's pipeline.
func (w *world) execute(host string, n int) []*outcome {
	var all []*outcome
	w.Do(node.Join(host, "client"), func(n1 node.Node) {
		for range n {
			o := &outcome{}
			n1.(*piper).Execute([]byte("add"), func(result []byte, err error) {
				if o.done {
					w.t.Error("a second outcome")
				}
				*o = outcome{true, result, err}
			})
			all = append(all, o)
		}
	})
	return all
}

func (w *world) ask(host string, level rsm.Level) *outcome {
	question, err := wire.Marshal(&howMuch{})
	if err != nil {
		w.t.Fatal(err)
	}
	o := &outcome{}
	w.Do(node.Join(host, "client"), func(n node.Node) {
		n.(*piper).Ask(level, question, func(answer []byte, err error) { *o = outcome{true, answer, err} })
	})
	return o
}

func (w *world) sumIn(o *outcome) uint64 {
	w.t.Helper()
	m, err := wire.Unmarshal(o.result)
	if o.err != nil || err != nil {
		w.t.Fatalf("asked: %v, %v", o.err, err)
	}
	return m.(*howMuch).Sum
}

func allDone(all []*outcome) func() bool {
	return func() bool {
		for _, o := range all {
			if !o.done {
				return false
			}
		}
		return true
	}
}

// Commands of several pipelines, many in a message, run once each over lost,
// doubled and reordered messages and crashes of leaders.
func TestPipelinedCommandsRunOnce(t *testing.T) {
	w := newWorld(t, rsm.Config{MaxBatchBytes: 64}, raft.Config{ElectionTimeout: 100 * time.Millisecond, SnapshotThreshold: 2000, KeepBytes: 1})
	w.Shape("*", "*", sim.Link{Delay: sim.Uniform(time.Millisecond, 8*time.Millisecond), Loss: 0.1, Duplicate: 0.2, Reorder: 0.3})
	cfg := rsm.PipelineConfig{Timeout: time.Hour, RetryAfter: 60 * time.Millisecond, MaxMessage: 100, Flights: 3}
	for _, host := range []string{"x", "y"} {
		w.pipeline(host, cfg)
	}
	var all []*outcome
	for i := range 60 {
		w.At(time.Duration(i)*40*time.Millisecond, func() {
			all = append(all, w.execute("x", 1+i%13)...)
			all = append(all, w.execute("y", 1+i%7)...)
		})
	}
	for i := range 6 {
		w.At(time.Duration(i+1)*400*time.Millisecond, func() {
			h := w.Host(w.leader().Host())
			h.Crash()
			w.After(100*time.Millisecond, h.Restart)
		})
	}
	w.Run(3 * time.Second)
	w.await("outcomes", allDone(all))
	seen := map[string]bool{}
	for _, o := range all {
		if o.err != nil || seen[string(o.result)] {
			t.Fatalf("result %x, seen before: %v; error %v", o.result, seen[string(o.result)], o.err)
		}
		seen[string(o.result)] = true
	}
	w.agree(uint64(len(all)))
}

// What was executed before a question was asked, its answer reflects: at both
// levels that promise it, through leaders that come and go.
func TestPipelinedQuestionsSeeWhatWasAnsweredBefore(t *testing.T) {
	w := newWorld(t, rsm.Config{}, raft.Config{ElectionTimeout: 100 * time.Millisecond})
	w.Shape("*", "*", sim.Link{Delay: sim.Uniform(time.Millisecond, 5*time.Millisecond), Loss: 0.05})
	w.pipeline("x", rsm.PipelineConfig{Timeout: time.Hour, RetryAfter: 60 * time.Millisecond})
	w.pipeline("y", rsm.PipelineConfig{Timeout: time.Hour, RetryAfter: 60 * time.Millisecond})
	want := uint64(0)
	for i := range 40 {
		if i%8 == 7 {
			h := w.Host(w.leader().Host())
			h.Pause()
			w.After(250*time.Millisecond, h.Resume)
		}
		written := w.execute("x", 5)
		w.await("commands", allDone(written))
		want += 5
		asked := []*outcome{w.ask("y", rsm.Lease), w.ask("y", rsm.Linearizable), w.ask("x", rsm.Lease)}
		w.await("answers", allDone(asked))
		for level, o := range asked {
			if got := w.sumIn(o); got != want {
				t.Fatalf("round %d, question %d: %d, want %d", i, level, got, want)
			}
		}
	}
	o := w.ask("x", rsm.Serializable)
	w.await("an answer", allDone([]*outcome{o}))
	if got := w.sumIn(o); got > want {
		t.Errorf("serializable: %d, which is more than was added", got)
	}
}

// Without a majority nothing is executed, and the errors tell apart what may be
// executed later from what never will.
func TestPipelineTellsSurelyNotFromUnknown(t *testing.T) {
	w := newWorld(t, rsm.Config{}, raft.Config{ElectionTimeout: 100 * time.Millisecond})
	w.pipeline("x", rsm.PipelineConfig{Timeout: 2 * time.Second, RetryAfter: 100 * time.Millisecond, MaxOutstanding: 10, Flights: 1, MaxMessage: 1})
	w.await("a first result", allDone(w.execute("x", 1)))
	leader := w.leader()
	for _, s := range servers {
		if s != leader {
			w.Host(s.Host()).Crash()
		}
	}
	all := w.execute("x", 12)
	for _, o := range all[10:] {
		if !errors.Is(o.err, rsm.ErrBusy) {
			t.Errorf("the 11th outstanding command: %v, want %v", o.err, rsm.ErrBusy)
		}
	}
	w.await("outcomes", allDone(all))
	if err := all[0].err; !errors.Is(err, rsm.ErrUnknown) || rsm.SurelyNot(err) {
		t.Errorf("a command that was sent: %v", err)
	}
	if err := all[9].err; !rsm.SurelyNot(err) {
		t.Errorf("a command that was never sent: %v", err)
	}
}

// A session that fell out of the table is replaced; what had left in it is
// reported, not repeated.
func TestPipelineOutlivesItsSession(t *testing.T) {
	w := newWorld(t, rsm.Config{MaxSessions: 2}, raft.Config{ElectionTimeout: 100 * time.Millisecond})
	for _, host := range []string{"x", "y", "z"} {
		w.pipeline(host, rsm.PipelineConfig{})
		all := w.execute(host, 3)
		w.await("outcomes", allDone(all))
		for _, o := range all {
			if o.err != nil {
				t.Fatal(o.err)
			}
		}
	}
	lost := w.execute("x", 3)
	w.await("outcomes", allDone(lost))
	for _, o := range lost {
		if !errors.Is(o.err, rsm.ErrSessionExpired) {
			t.Errorf("in an expired session: %v", o.err)
		}
	}
	again := w.execute("x", 3)
	w.await("outcomes", allDone(again))
	for _, o := range again {
		if o.err != nil {
			t.Error(o.err)
		}
	}
	w.agree(12)
}
