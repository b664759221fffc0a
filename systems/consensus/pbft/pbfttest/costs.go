package pbfttest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Messages counts what an operation costs.
var Messages = experiment.Register(&experiment.Experiment{
	System: "pbft", Name: "messages", Hosts: "4 to 16", Once: true,
	Question: `What does an operation cost? One client makes twenty, one after the other, in groups for f = 1 to 5, when nothing goes wrong. Messages must be exactly 2n(n-1) + n + 1 an operation: the request, n-1
pre-prepares, (n-1)² prepares, n(n-1) commits, n replies; they take five message delays, and four if executed
tentatively. Then b clients ask while another's request is under way, so that their requests are one batch, for b = 8 and 32: the batch must cost exactly 2n(n-1) + b(n+1), so that a
request of many costs little more than its own n + 1. Raft, with 2f+1 replicas for f crashes, must stay within a constant number for each replica.`,
	Canon: []string{"pbft.performance.message-complexity"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{}}
		fail := func(format string, args ...any) {
			if r.Verdict == check.OK {
				r.Verdict, r.Violation = check.Violation, fmt.Sprintf(format, args...)
			}
		}
		for f := 1; f <= 5; f++ {
			n := 3*f + 1
			got, delays := pbftCost(seed, o, n, false)
			_, tentative := pbftCost(seed, o, n, true)
			want := float64(2*n*(n-1) + n + 1)
			if got != want {
				fail("with %d replicas an operation costs %v messages, want %v", n, got, want)
			}
			if delays != 5 || tentative != 4 {
				fail("with %d replicas an operation takes %v message delays, %v tentatively", n, delays, tentative)
			}
			for _, b := range []int{8, 32} {
				got, want := batchCost(seed, o, n, b), float64(2*n*(n-1)+b*(n+1))
				if got != want {
					fail("with %d replicas a batch of %d requests costs %v messages, want %v", n, b, got, want)
				}
				r.Stats[fmt.Sprintf("messages a request, f=%d, batch of %d", f, b)] = got / float64(b)
			}
			linear := raftCost(seed, o, 2*f+1)
			if linear > 6*float64(2*f) {
				fail("with %d replicas an operation of Raft costs %v messages", 2*f+1, linear)
			}
			r.Stats[fmt.Sprintf("messages, f=%d", f)], r.Stats[fmt.Sprintf("messages of Raft, f=%d", f)] = got, linear
		}
		return r
	},
})

const costed = 20 // operations

// countedCluster is a group in which nothing is sent but for clients' operations.
func countedCluster(seed uint64, o experiment.Options, n, clients int, cfg pbft.Config) (c *Cluster, sent func() int) {
	notes := rsmtest.Listen(o.Trace)
	s := sim.Config{Observer: notes, Fsync: sim.Constant(time.Nanosecond)}
	s.Link.Delay = sim.Constant(messageDelay)
	o.World(&s)
	cfg.ViewTimeout, cfg.StatusInterval, cfg.KeyLifetime = time.Hour, time.Hour, 24*time.Hour
	cfg.CheckpointInterval, cfg.Window = 1000, 2000
	c = New(seed, Options{Replicas: n, Clients: clients, Config: cfg, Gateway: pbft.GatewayConfig{RetryAfter: time.Hour}, Sim: s})
	c.World.Run(100 * time.Millisecond)
	return c, func() (all int) {
		for what, count := range notes.Counts {
			if strings.HasPrefix(what, "send pbft.") {
				all += count
			}
		}
		return all
	}
}

const messageDelay = time.Millisecond

// pbftCost returns messages an operation, and message delays until the client knows.
func pbftCost(seed uint64, o experiment.Options, n int, tentative bool) (messages, delays float64) {
	c, sent := countedCluster(seed, o, n, 1, pbft.Config{Tentative: tentative})
	defer c.World.Close()
	before := sent()
	var waited time.Duration
	for i := range costed {
		from := c.World.Now()
		out := c.Clients[0].Invoke(&rsmtest.Op{ID: Probe + uint64(i), Verb: 2, Key: "k", Value: "v"})
		c.Await(func() bool { return out.Done }, time.Second)
		waited += c.World.Now() - from
		c.World.Run(20 * time.Millisecond)
	}
	return float64(sent()-before) / costed, float64((waited / costed).Round(messageDelay) / messageDelay)
}

// batchCost returns the messages of a batch of b requests, which come while a batch of
// one is under way: together the two cost what they cost, less what one alone does.
func batchCost(seed uint64, o experiment.Options, n, b int) float64 {
	c, sent := countedCluster(seed, o, n, b+1, pbft.Config{Worthwhile: b + 1})
	defer c.World.Close()
	ask := func(x *Client) *Outcome {
		return x.Invoke(&rsmtest.Op{ID: Probe + uint64(x.number), Verb: 2, Key: "k", Value: "v"})
	}
	before := sent()
	ask(c.Clients[0])
	c.World.Run(20 * time.Millisecond)
	alone := sent() - before
	before = sent()
	all := []*Outcome{ask(c.Clients[0])}
	c.World.Run(messageDelay + messageDelay/2)
	for _, x := range c.Clients[1:] {
		all = append(all, ask(x))
	}
	c.Await(func() bool { return !slices.ContainsFunc(all, func(o *Outcome) bool { return !o.Done }) }, time.Second)
	c.World.Run(20 * time.Millisecond)
	return float64(sent() - before - alone)
}

// raftCost returns messages an operation.
func raftCost(seed uint64, o experiment.Options, n int) float64 {
	notes := rsmtest.Listen(o.Trace)
	opts := rsmtest.Options{Hosts: rsmtest.Names(n), Engine: func(members []node.Addr) rsm.Engine { return raft.New(raft.Config{Members: members}) }}
	opts.Sim.Observer = notes
	o.World(&opts.Sim)
	c := rsmtest.New(seed, opts)
	defer c.World.Close()
	c.World.RunUntil(func() bool { return c.Leader() != "" }, 10*time.Second)
	sent := func() (all int) {
		for what, count := range notes.Counts {
			if strings.HasPrefix(what, "send raft.") || strings.HasPrefix(what, "send rsm.") {
				all += count
			}
		}
		return all
	}
	before := sent()
	for i := range costed {
		out := c.Propose(c.Leader(), &rsmtest.Op{ID: uint64(i) + 1, Verb: 2, Key: "k", Value: "v"})
		c.Await(5*time.Second, out)
	}
	return float64(sent()-before) / costed
}

// FileService compares a file service for one user on four replicas with one on one.
var FileService = experiment.Register(&experiment.Experiment{
	System: "pbft", Name: "file-service", Hosts: "1, and 4", Once: true,
	Question: `What does the protection cost a user of a file service? He makes directories, writes, reads and lists files, and thinks between two operations, as the users of the Andrew benchmark do: most of its time is
the client's own. The same work is done with an unreplicated server, which syncs its disk before each answer, and with four replicas, whose cryptography is charged
as time on their links. The whole benchmark must take between 0.9 and 1.3 times as long; a single operation is slower by more.`,
	Canon: []string{"pbft.performance.file-system-overhead"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		one, oneOp := andrew(seed, o, 1)
		four, fourOp := andrew(seed, o, 4)
		r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{"whole benchmark": four / one, "one operation": fourOp / oneOp}}
		if ratio := four / one; ratio < 0.9 || ratio > 1.3 || fourOp <= oneOp {
			r.Verdict, r.Violation = check.Violation, fmt.Sprintf("the benchmark takes %.2f times as long, an operation %.2f times", ratio, fourOp/oneOp)
		}
		return r
	},
})

// crypto is what a replica's tags cost for each message, charged to the link.
const crypto = 10 * time.Microsecond

// andrew returns seconds for the benchmark, and for one operation on average.
func andrew(seed uint64, o experiment.Options, n int) (whole, op float64) {
	s := sim.Config{Fsync: sim.Constant(400 * time.Microsecond)}
	s.Link.Delay = sim.Constant(60 * time.Microsecond)
	if n > 1 {
		s.Link.Delay = sim.Constant(60*time.Microsecond + crypto)
	}
	o.World(&s)
	c := New(seed, Options{Replicas: n, Clients: 1, Sim: s, Config: pbft.Config{Tentative: n > 1}, Machine: func(string) rsm.StateMachine { return newProgram(files) }})
	defer c.World.Close()
	c.World.Run(10 * time.Millisecond)
	begin, waited := c.World.Now(), time.Duration(0)
	const ops = 200
	for i := range ops {
		c.World.Run(12 * time.Millisecond) // what the client does itself
		from := c.World.Now()
		done := false
		c.Clients[0].Do(func(g *pbft.Gateway) {
			g.Invoke([]byte(programs[2].op(i)), func([]byte, error) { done = true })
		})
		c.Await(func() bool { return done }, time.Second)
		waited += c.World.Now() - from
	}
	return (c.World.Now() - begin).Seconds(), waited.Seconds() / ops
}
