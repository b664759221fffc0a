package chaintest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/chain"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"

	"github.com/parleysystems/parley/kernel/workload"
)

// script is an experiment of CRAQ on a chain of five that is played move by move.
type script struct {
	name, text string
	canon      []string
	play       func(*stage)
}

// oneWay is how long messages take in scripts.
const oneWay = 10 * time.Millisecond

func (s script) register() rsmtest.Aim {
	a := rsmtest.Aim{
		System: "craq", Name: s.name, Question: s.text, Canon: s.canon, Hosts: "5", Once: true,
		Draw: func(_ *sim.Knobs, t *rsmtest.Trial) {
			t.Config.Hosts = rsmtest.Names(5)
			t.Config.Sim.Link.Delay, t.Config.Sim.Fsync = sim.Constant(oneWay), sim.Constant(100*time.Microsecond)
			t.Load.Clients, t.Duration = 0, time.Millisecond
			t.Config.RSM.Worthwhile = 1 // writes set out as they are made
			c := craq(chain.Config{LeaseLength: time.Second})
			c.Resend = 10 * time.Second // nothing is lost here
			t.Script = func(t *rsmtest.Trial) error {
				g := &stage{t: t}
				g.until("all replicas have leases", func() bool { return g.everywhere(func(r *chain.Replica) bool { return r.HoldsLease() }) })
				s.play(g)
				return g.err
			}
			into(t, c)
		},
	}
	a.Register()
	return a
}

// stage directs a script. After the first move that cannot be made the others do
// nothing, and err says which it was.
type stage struct {
	t   *rsmtest.Trial
	ids uint64
	err error
}

func (g *stage) world() *sim.World { return g.t.Cluster.World }

func (g *stage) fail(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf(format, args...)
	}
}

func (g *stage) until(what string, cond func() bool) {
	if g.err != nil {
		return
	}
	if !g.world().RunUntil(func() bool { return cond() || g.t.Broken() != nil }, 10*time.Second) {
		g.fail("the script is stuck: %s does not happen", what)
	}
	if err := g.t.Broken(); err != nil {
		g.err = err
	}
}

func (g *stage) run(d time.Duration) {
	if g.err == nil {
		g.world().Run(d)
		g.err = g.t.Broken()
	}
}

func (g *stage) replica(host string) *chain.Replica {
	return g.t.Cluster.Replica(host).Engine().(*chain.Replica)
}

func (g *stage) everywhere(holds func(*chain.Replica) bool) bool {
	for _, h := range g.t.Cluster.Hosts() {
		if r := g.t.Cluster.Replica(h); r == nil || !holds(r.Engine().(*chain.Replica)) {
			return false
		}
	}
	return true
}

// write has the head write a value.
func (g *stage) write(key, value string) *rsmtest.Outcome {
	g.ids++
	return g.t.Cluster.Propose("a", &rsmtest.Op{ID: 1<<50 + g.ids, Verb: uint8(workload.Write), Key: key, Value: value})
}

// written waits for a write to be acknowledged.
func (g *stage) written(key, value string) {
	if g.err == nil {
		o := g.write(key, value)
		g.until("a write is acknowledged", func() bool { return o.Done })
	}
}

// dirty returns at which replicas, a to e, some object is dirty, as letters.
func (g *stage) dirty() (hosts string) {
	for _, h := range g.t.Cluster.Hosts() {
		if n, _ := g.replica(h).Dirty(); n > 0 {
			hosts += h
		}
	}
	return hosts
}

// answer is what a read returned, and when.
type answer struct {
	value string
	done  bool
	err   error
	took  time.Duration
}

// read has a host read by a barrier of its engine's or its own.
func (g *stage) read(host, key string, barrier func(*rsm.Replica, func(error))) *answer {
	x, began := &answer{}, g.world().Now()
	g.world().Do(node.Join(host, rsmtest.Service), func(n node.Node) {
		r := n.(*rsm.Replica)
		barrier(r, func(err error) {
			x.done, x.err, x.took = true, err, g.world().Now()-began
			if err == nil {
				x.value = r.Query(&rsmtest.Get{Key: key}).(*rsmtest.Got).Value
			}
		})
	})
	return x
}

// strong reads one key by lease.
func strong(key string) func(*rsm.Replica, func(error)) {
	return func(r *rsm.Replica, done func(error)) { r.ReadOf(key, rsm.Lease, done) }
}

// sent returns how many messages of a type were sent so far.
func (g *stage) sent(what string) int { return g.t.Notes.Counts["send "+what] }
