package rsm_test

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// counter is a state machine: every command adds one, and gets the sum.
type counter struct{ sum uint64 }

// howMuch asks a counter, which answers with one.
type howMuch struct {
	Sum uint64 `wire:"1"`
}

func init() { wire.Register[howMuch]("rsm_test.howMuch") }

func (c *counter) bytes() []byte { return binary.BigEndian.AppendUint64(nil, c.sum) }

func (c *counter) Apply(rsm.Index, []byte) []byte { c.sum++; return c.bytes() }
func (c *counter) Query(any) any                  { return &howMuch{c.sum} }
func (c *counter) Capture() rsm.Capture           { return captured(c.bytes()) }

func (c *counter) Restore(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err == nil && len(b) != 8 {
		err = errors.New("a counter has 8 bytes")
	}
	if err == nil {
		c.sum = binary.BigEndian.Uint64(b)
	}
	return err
}

func (c *counter) Digest() uint64 {
	h := fnv.New64a()
	h.Write(c.bytes())
	return h.Sum64()
}

type captured []byte

func (c captured) Release() {}

func (c captured) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c)
	return int64(n), err
}

// world is three replicas of a counter, over Raft, and hosts for clients.
type world struct {
	*sim.World
	t *testing.T
}

var servers = []node.Addr{"a/counter", "b/counter", "c/counter"}

func newWorld(t *testing.T, cfg rsm.Config, engine raft.Config) *world {
	t.Helper()
	w := &world{sim.New(sim.Config{Seed: 3}), t}
	t.Cleanup(w.Close)
	engine.Members = servers
	for _, s := range servers {
		w.Host(s.Host()).Serve("counter", func() node.Node { return rsm.New(raft.New(engine), &counter{}, cfg) })
	}
	return w
}

func (w *world) replica(a node.Addr) *rsm.Replica { r, _ := w.Node(a).(*rsm.Replica); return r }

func (w *world) leader() node.Addr {
	w.t.Helper()
	var leader node.Addr
	w.await("a leader", func() bool {
		for _, s := range servers {
			if r := w.replica(s); r != nil && r.Leading() && r.Status().Applied > 0 {
				leader = s
				return true
			}
		}
		return false
	})
	return leader
}

func (w *world) await(what string, cond func() bool) {
	w.t.Helper()
	if !w.RunUntil(cond, time.Minute) {
		w.t.Fatalf("not within a minute: %s", what)
	}
}

// outcome is how a request ended.
type outcome struct {
	done   bool
	result []byte
	err    error
}

func (w *world) propose(at node.Addr, command []byte) *outcome {
	o := &outcome{}
	w.Do(at, func(n node.Node) {
		n.(*rsm.Replica).Propose(command, func(result []byte, err error) { *o = outcome{true, result, err} })
	})
	return o
}

func (w *world) sum(at node.Addr) uint64 { return w.replica(at).Machine().(*counter).sum }

func (w *world) agree(want uint64) {
	w.t.Helper()
	w.await("agreement", func() bool {
		for _, s := range servers {
			if r := w.replica(s); r == nil || w.sum(s) != want || r.Digest() != w.replica(servers[0]).Digest() {
				return false
			}
		}
		return true
	})
}

// client is a node that runs a task.
type client struct {
	body func(node.Task)
}

func (c *client) Start(env node.Env)              { env.Go(c.body) }
func (c *client) Receive(node.Addr, node.Message) {}

func (w *world) client(host string, body func(node.Task)) {
	w.Host(host).Serve("client", func() node.Node { return &client{body} })
}

// Commands proposed at any replica run once each, over crashes of leaders and
// loss of messages; every result is that of its one execution.
func TestEveryCommandRunsOnce(t *testing.T) {
	w := newWorld(t, rsm.Config{RetryAfter: 50 * time.Millisecond, Timeout: time.Hour}, raft.Config{ElectionTimeout: 100 * time.Millisecond})
	w.Shape("*", "*", sim.Link{Delay: sim.Uniform(time.Millisecond, 8*time.Millisecond), Loss: 0.1, Duplicate: 0.2, Reorder: 0.3})
	survivor := servers[0]
	var all []*outcome
	for i := range 200 {
		w.At(time.Duration(i)*20*time.Millisecond, func() { all = append(all, w.propose(survivor, nil)) })
	}
	for i := range 8 {
		victim := w.Host(servers[1+i%2].Host())
		w.At(time.Duration(i)*500*time.Millisecond, victim.Crash)
		w.At(time.Duration(i)*500*time.Millisecond+200*time.Millisecond, victim.Restart)
	}
	w.Run(4 * time.Second)
	seen := map[string]bool{}
	for _, o := range all {
		w.await("an outcome", func() bool { return o.done })
		if o.err != nil || seen[string(o.result)] {
			t.Fatalf("result %x, seen before: %v; error %v", o.result, seen[string(o.result)], o.err)
		}
		seen[string(o.result)] = true
	}
	w.agree(200)
}

// A remote client is redirected, retries, and counts as many as it was told.
func TestRemoteClientsCommandsRunOnce(t *testing.T) {
	w := newWorld(t, rsm.Config{}, raft.Config{ElectionTimeout: 100 * time.Millisecond, SnapshotThreshold: 2000, KeepBytes: 1})
	w.Shape("*", "*", sim.Link{Delay: sim.Uniform(time.Millisecond, 5*time.Millisecond), Loss: 0.05, Duplicate: 0.1})
	done := 0
	for _, host := range []string{"x", "y"} {
		w.client(host, func(task node.Task) {
			c := rsm.NewClient(task.Env(), servers, rsm.ClientConfig{RetryAfter: 60 * time.Millisecond, Timeout: time.Minute})
			for range 60 {
				if _, err := c.Execute(task, []byte("add")); err != nil {
					t.Error(err)
				}
			}
			if got, err := c.Ask(task, rsm.Linearizable, &howMuch{}); err != nil || got.(*howMuch).Sum < 60 {
				t.Errorf("asked after 60 additions: %+v, %v", got, err)
			}
			done++
		})
	}
	for i := range 6 {
		w.At(time.Duration(i+1)*300*time.Millisecond, func() {
			h := w.Host(w.leader().Host())
			h.Crash()
			w.After(100*time.Millisecond, h.Restart)
		})
	}
	w.await("the clients", func() bool { return done == 2 })
	w.agree(120)
}

// Several tasks share a client, its session, and the exactly-once promise.
func TestTasksShareAClient(t *testing.T) {
	w := newWorld(t, rsm.Config{}, raft.Config{})
	done := 0
	w.client("x", func(task node.Task) {
		c := rsm.NewClient(task.Env(), servers, rsm.ClientConfig{})
		for range 20 {
			task.Env().Go(func(task node.Task) {
				for range 5 {
					if _, err := c.Execute(task, nil); err != nil {
						t.Error(err)
					}
				}
				done++
			})
		}
	})
	w.await("the tasks", func() bool { return done == 20 })
	w.agree(100)
}

// A session that fell out of the table is replaced; commands of which no copy
// can have run are executed in the new one.
func TestExpiredSessionsAreReplaced(t *testing.T) {
	w := newWorld(t, rsm.Config{MaxSessions: 2}, raft.Config{})
	for range 5 {
		for _, s := range servers { // three sessions for two places
			o := w.propose(s, nil)
			w.await("an outcome", func() bool { return o.done })
			if o.err != nil {
				t.Fatal(o.err)
			}
		}
	}
	w.agree(15)
}

// What a replica refuses it refuses at once, and says that nothing was done.
func TestRefusalsAreSure(t *testing.T) {
	w := newWorld(t, rsm.Config{MaxOutstanding: 3, MaxCommand: 100, Timeout: time.Second}, raft.Config{})
	if o := w.propose(servers[0], make([]byte, 101)); !errors.Is(o.err, rsm.ErrTooLarge) || !rsm.SurelyNot(o.err) {
		t.Errorf("a command of 101 bytes: %v", o.err)
	}
	w.Host("b").Crash()
	w.Host("c").Crash()
	var waiting []*outcome
	for range 3 {
		waiting = append(waiting, w.propose(servers[0], nil))
	}
	if o := w.propose(servers[0], nil); !errors.Is(o.err, rsm.ErrBusy) || !rsm.SurelyNot(o.err) {
		t.Errorf("a fourth command of three: %v", o.err)
	}
	w.Run(3 * time.Second)
	for _, o := range waiting {
		if !errors.Is(o.err, rsm.ErrNoLeader) || !rsm.SurelyNot(o.err) {
			t.Errorf("without a leader: %v", o.err)
		}
	}
}

// A command that was sent, and whose outcome was not learnt, has an unknown one.
func TestUnknownIsSaidWhenSent(t *testing.T) {
	w := newWorld(t, rsm.Config{Timeout: time.Second}, raft.Config{NoCheckQuorum: true})
	leader := w.warm()
	defer w.Cut(sim.Isolate(leader.Host()))()
	o := w.propose(leader, nil)
	w.await("the end", func() bool { return o.done })
	if !errors.Is(o.err, rsm.ErrUnknown) || rsm.SurelyNot(o.err) {
		t.Fatalf("err %v", o.err)
	}
}

// warm returns the leader, once every replica has its session.
func (w *world) warm() node.Addr {
	w.t.Helper()
	for _, s := range servers {
		o := w.propose(s, nil)
		w.await("a first command", func() bool { return o.done })
		if o.err != nil {
			w.t.Fatal(o.err)
		}
	}
	return w.leader()
}

// Many commands share an entry of the log, and many reads a round of messages.
func TestBatchesShareEntriesAndRounds(t *testing.T) {
	w := newWorld(t, rsm.Config{}, raft.Config{})
	for _, at := range []string{"the leader", "a follower"} {
		leader := w.warm()
		who := leader
		if at == "a follower" {
			who = servers[0]
			if who == leader {
				who = servers[1]
			}
		}
		before := w.replica(leader).Status().Last
		left, reads := 1000, 1000
		w.Do(who, func(n node.Node) {
			for range 1000 {
				n.(*rsm.Replica).Propose(nil, func([]byte, error) { left-- })
				n.(*rsm.Replica).Read(rsm.Linearizable, func(error) { reads-- })
			}
		})
		events := w.Events()
		w.await("all of them", func() bool { return left == 0 && reads == 0 })
		if n := w.replica(leader).Status().Last - before; n > 10 {
			t.Errorf("1000 commands at %s took %d entries", at, n)
		}
		if n := w.Events() - events; n > 200 {
			t.Errorf("1000 reads and commands at %s took %d events", at, n)
		}
	}
}

// A replica that is brought up to date by a snapshot learns from it what became
// of its own commands.
func TestSnapshotSettlesWhatWasSkipped(t *testing.T) {
	w := newWorld(t, rsm.Config{Timeout: time.Hour, RetryAfter: 50 * time.Millisecond},
		raft.Config{SnapshotThreshold: 1000, KeepBytes: 1, ElectionTimeout: 100 * time.Millisecond})
	leader := w.warm()
	victim := servers[0]
	if victim == leader {
		victim = servers[1]
	}
	o := w.propose(victim, nil) // forwarded
	heal := func() {}
	w.await("the leader's execution", func() bool { return w.sum(leader) == 4 })
	if !o.done {
		heal = w.Cut(sim.OneWay(nil, []string{victim.Host()}))
	}
	for range 100 {
		p := w.propose(leader, nil)
		w.await("a command", func() bool { return p.done })
	}
	heal()
	w.await("the outcome", func() bool { return o.done })
	if o.err != nil || binary.BigEndian.Uint64(o.result) != 4 {
		t.Fatalf("result %x, %v; want that of the fourth command", o.result, o.err)
	}
	w.agree(104)
}
