package chaintest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/chain"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Throughput is how many reads a second a chain of a length answers to clients that
// ask as fast as they can.
type Throughput struct {
	Replicas    int
	Apportioned bool
	Writes      int // a second, while they read
	Keys        int // that are read and written, evenly; 200 if 0
	Reads       float64
	Queries     float64 // versions asked of the tail, for each read
}

// What limits a replica is the way from it to the clients: so much a second.
const (
	outgoing   = 200_000 // bytes a second from one replica to the clients
	valueSize  = 120     // bytes of a value; an answer takes some more
	askers     = 24      // reads outstanding at each replica that is asked
	manyKeys   = 200
	warmUp     = 300 * time.Millisecond
	measuredIn = time.Second
)

// MeasureReads measures one chain. Reads are at level Lease, of keys that are drawn
// evenly; writes go to the same keys, from another host.
func MeasureReads(seed uint64, o experiment.Options, t Throughput, r *experiment.Result) (Throughput, error) {
	if t.Keys == 0 {
		t.Keys = manyKeys
	}
	c := chain.Config{LeaseLength: time.Second, Masters: masters()}
	if t.Apportioned {
		c = craq(c)
	}
	counts := &rsmtest.Notes{Counts: map[string]int{}}
	world := sim.Config{Link: sim.Link{Delay: sim.Constant(500 * time.Microsecond)}, Observer: counts}
	o.World(&world)
	hosts := rsmtest.Names(t.Replicas)
	k := rsmtest.New(seed, rsmtest.Options{Hosts: hosts, Sim: world, Engine: func([]node.Addr) rsm.Engine { return chain.New(c) }})
	defer k.World.Close()
	defer func() {
		r.Hash, r.Events, r.Elapsed = r.Hash*31+k.World.Hash(), r.Events+k.World.Events(), r.Elapsed+k.World.Now()
	}()
	serveMasters(k.World, hosts, c.LeaseLength)
	for _, h := range hosts {
		k.World.Shape(h, "x", sim.Link{Delay: sim.Constant(500 * time.Microsecond), Bandwidth: outgoing, Queue: 1 << 20})
	}
	if err := fill(k, hosts[0]); err != nil {
		return t, err
	}
	asked := hosts[len(hosts)-1:]
	if t.Apportioned {
		asked = hosts
	}
	g := &readers{hosts: asked, keys: t.Keys}
	k.World.Host("x").Serve("readers", func() node.Node { return g })
	for i := range t.Writes * int(warmUp+measuredIn) / int(time.Second) {
		op := put(uint64(1000+i), i*7%t.Keys)
		k.World.After(time.Duration(i)*time.Second/time.Duration(t.Writes), func() { k.Propose(hosts[0], op) })
	}
	k.World.Run(warmUp)
	before, queries := g.answered, counts.Counts["send chain.Query"]
	k.World.Run(measuredIn)
	if g.err != nil {
		return t, g.err
	}
	t.Reads = float64(g.answered-before) / measuredIn.Seconds()
	t.Queries = float64(counts.Counts["send chain.Query"]-queries) / max(1, float64(g.answered-before))
	if v := k.Oracle.Violation(); v != "" {
		return t, fmt.Errorf("%s", v)
	}
	return t, nil
}

func put(id uint64, key int) *rsmtest.Op {
	return &rsmtest.Op{
		ID: id, Verb: uint8(workload.Write), Key: keyOf(key), Value: fmt.Sprintf("%0*d", valueSize, id),
	}
}

func keyOf(i int) string { return fmt.Sprintf("k%d", i) }

// fill writes all keys, and waits until every replica has a lease.
func fill(k *rsmtest.Cluster, head string) error {
	var all []*rsmtest.Outcome
	for i := range manyKeys {
		all = append(all, k.Propose(head, put(uint64(i+1), i)))
	}
	if !k.Await(10*time.Second, all...) {
		return fmt.Errorf("reads: the keys are not written")
	}
	k.World.Run(500 * time.Millisecond)
	return nil
}

// readers is clients on one host that ask as fast as they are answered.
type readers struct {
	hosts    []string
	keys     int
	env      node.Env
	next     int
	answered int
	err      error
}

func (g *readers) Start(env node.Env) {
	g.env = env
	for i := range askers * len(g.hosts) {
		g.ask(node.Join(g.hosts[i%len(g.hosts)], rsmtest.Service))
	}
}

func (g *readers) ask(a node.Addr) {
	g.next++
	question, err := wire.Marshal(&rsmtest.Get{Key: keyOf(g.next * 31 % g.keys)})
	if err != nil {
		panic(fmt.Sprintf("chaintest: %v", err))
	}
	g.env.Send(a, &rsm.Request{Kind: rsm.Question, Level: rsm.Lease, Body: question})
}

// Receive takes an answer and asks for the next.
func (g *readers) Receive(from node.Addr, m node.Message) {
	answer, ok := m.(*rsm.Response)
	if !ok {
		return
	}
	if err := answer.Code.Err(); err != nil {
		g.err = fmt.Errorf("reads: %s answers: %w", from, err)
		return
	}
	g.answered++
	g.ask(from)
}

// ReadThroughput sets the length of a chain against what it reads.
var ReadThroughput = experiment.Register(&experiment.Experiment{
	System: "craq", Name: "read-throughput", Hosts: "3 to 7", Once: true,
	Canon: []string{"craq.read.any-replica"},
	Question: `How many reads a second does a chain answer, by its length? Clients ask as fast as they are answered, 95
reads to 5 writes, and what limits a replica is what it can send to them (the papers' replicas are limited by their
processors). A plain chain reads at the tail, so its reads stay as they are from three replicas to seven. With
apportioned queries they grow with the chain, as in the CRAQ paper's first figure, to more than twice as many at seven
as at three, and of the reads few ask the tail for a version.`,
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{}}
		reads := map[bool]map[int]float64{false: {}, true: {}}
		for _, apportioned := range []bool{false, true} {
			for _, n := range []int{3, 5, 7} {
				t := Throughput{Replicas: n, Apportioned: apportioned}
				t.Writes = writesBeside(t)
				t, err := MeasureReads(seed, o, t, &r)
				if err != nil {
					r.Verdict, r.Violation = check.Violation, err.Error()
					return r
				}
				reads[apportioned][n] = t.Reads
				r.Stats[fmt.Sprintf("reads/s, %d replicas, apportioned %v", n, apportioned)] = t.Reads
				if apportioned && t.Queries > 0.5 {
					r.Verdict, r.Violation = check.Violation, fmt.Sprintf("of %d replicas' reads %.2f ask the tail", n, t.Queries)
					return r
				}
			}
		}
		plain, all := reads[false], reads[true]
		switch {
		case plain[7] > 1.1*plain[3] || plain[7] < 0.8*plain[3]:
			r.Verdict, r.Violation = check.Violation, fmt.Sprintf("a plain chain reads %v by length", plain)
		case all[5] < 1.4*all[3] || all[7] < 1.9*all[3] || all[3] < 2*plain[3]:
			r.Verdict, r.Violation = check.Violation, fmt.Sprintf("with apportioned queries a chain reads %v by length, a plain one %v", all, plain)
		}
		return r
	},
})

// writesBeside is a twentieth of what the chain is expected to read.
func writesBeside(t Throughput) int {
	n := 1
	if t.Apportioned {
		n = t.Replicas
	}
	return n * outgoing / (valueSize + 30) / 20
}
