package primarybackuptest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/order/multicast"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Leader compares one orderer with none.
var Leader = experiment.Register(&experiment.Experiment{
	System: "primarybackup", Name: "leader", Hosts: "3 to 5",
	Canon: []string{"rsm.leader.benefits"},
	Question: `What is a leader good for, and what does it cost? All hosts have commands at the same time. With a leader
(Raft) they go to it; without one (totally ordered multicast) every host proposes its own, and all must have heard
from all before anybody executes. The leader needs fewer messages a command, the more so the more hosts there are, and
does not wait for a slow host, as the others do. Then a host crashes: without a leader nothing is executed until it is
back; with one, nothing until another is elected, if it was the leader, and no pause at all if it was not.
The seed draws the election timeouts, by which the next leader is decided.`,
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{}}
		for _, n := range []int{3, 5} {
			led, err := measureLed(seed, o, n, &r)
			if err != nil {
				return violated(r, err)
			}
			all, err := measureAll(seed, o, n, &r)
			if err != nil {
				return violated(r, err)
			}
			for what, of := range map[string]ordering{"led": led, "all propose": all} {
				r.Stats[fmt.Sprintf("messages a command, %d hosts, %s", n, what)] = of.messages
				r.Stats[fmt.Sprintf("ms a command, %d hosts, %s", n, what)] = of.latency.Seconds() * 1000
			}
			switch {
			case all.messages < float64(n-1)/1.5*led.messages:
				return violated(r, fmt.Errorf("%d hosts: %.1f messages a command with a leader, %.1f without", n, led.messages, all.messages))
			case led.latency >= slowHost || all.latency < slowHost:
				return violated(r, fmt.Errorf("one of %d hosts is %v away: a command takes %v with a leader, %v without", n, slowHost, led.latency, all.latency))
			case led.gap == 0 || led.gap > time.Second || led.without > 20*oneWay || all.executed:
				return violated(r, fmt.Errorf("%d hosts: without its leader the group stands still for %v, without another host %v; without a leader it goes on without a host: %v",
					n, led.gap, led.without, all.executed))
			}
		}
		return r
	},
})

// slowHost is how far the last host is from the others.
const slowHost = 60 * time.Millisecond

// ordering is what a way to order commands costs.
type ordering struct {
	messages float64       // a command, all hosts busy
	latency  time.Duration // of one command, with one slow host
	gap      time.Duration // until a command is executed after the leader's crash
	without  time.Duration // the same after another host's crash
	executed bool          // a command, while a host is down
}

// counter counts messages between hosts.
type counter struct {
	last trace.ID
	sent int
}

func (c *counter) Record(e trace.Event) trace.ID {
	if e.Kind == trace.Send && e.Place.Host() != e.Peer.Host() {
		c.sent++
	}
	c.last++
	return c.last
}

const each = 20 // commands of a host

func worldOf(o experiment.Options, c *counter) sim.Config {
	w := sim.Config{Link: sim.Link{Delay: sim.Constant(oneWay)}, Observer: c}
	o.World(&w)
	return w
}

// move puts a host so far from the others.
func move(w *sim.World, host string, away time.Duration) {
	l := sim.Link{Delay: sim.Constant(away)}
	w.Shape(host, "*", l)
	w.Shape("*", host, l)
}

func account(w *sim.World, r *experiment.Result) {
	r.Hash, r.Events, r.Elapsed = r.Hash*31+w.Hash(), r.Events+w.Events(), r.Elapsed+w.Now()
}

// led is a Raft group in which every host proposes, one command a batch.
type led struct {
	*rsmtest.Cluster
	ids uint64
}

func newLed(seed uint64, o experiment.Options, n int, count *counter) *led {
	cfg := raft.Config{ElectionTimeout: 200 * time.Millisecond, HeartbeatInterval: 40 * time.Millisecond}
	return &led{Cluster: rsmtest.New(seed, rsmtest.Options{
		Hosts: rsmtest.Names(n), Sim: worldOf(o, count), RSM: rsm.Config{MaxBatchBytes: 1, Pipeline: 256},
		Engine: func(members []node.Addr) rsm.Engine {
			cfg := cfg
			cfg.Members = members
			return raft.New(cfg)
		},
	})}
}

func (g *led) propose(host string) *rsmtest.Outcome {
	g.ids++
	return g.Propose(host, &rsmtest.Op{ID: g.ids, Key: "k"})
}

// timed has a host execute a command, once there is one to ask, and tells how long
// that took.
func (g *led) timed(host func() string) (time.Duration, error) {
	began := g.World.Now()
	g.World.RunUntil(func() bool { return host() != "" }, moveLimit)
	x := g.propose(host())
	if !g.Await(moveLimit, x) || x.Err != nil {
		return 0, fmt.Errorf("leader: a command is not executed: %v", x.Err)
	}
	return g.World.Now() - began, nil
}

// leads returns the leader if it is another than one.
func (g *led) leads(than string) func() string {
	return func() string {
		if l := g.Leader(); l != than {
			return l
		}
		return ""
	}
}

func measureLed(seed uint64, o experiment.Options, n int, r *experiment.Result) (x ordering, err error) {
	count := &counter{}
	g := newLed(seed, o, n, count)
	defer g.World.Close()
	defer account(g.World, r)
	for _, h := range g.Hosts() { // each opens its session
		if _, err := g.timed(func() string { return h }); err != nil {
			return x, err
		}
	}
	before := count.sent
	var all []*rsmtest.Outcome
	for range each {
		for _, h := range g.Hosts() {
			all = append(all, g.propose(h))
		}
	}
	g.Await(moveLimit, all...)
	x.messages = float64(count.sent-before) / float64(n*each)
	return x, g.lose(&x)
}

// lose slows a host down that does not lead, crashes it, and then, when it is back and
// as near as the others, crashes the leader. Were it still far, votes would take a
// good part of an election timeout, which asks for split votes: how long the group
// then stands still would say what the slow host costs, not the leader's crash.
func (g *led) lose(x *ordering) (err error) {
	leader := g.Leader()
	other := strings.Split(without(g.Hosts(), leader), ",")[0]
	move(g.World, other, slowHost)
	if x.latency, err = g.timed(g.leads("")); err != nil {
		return err
	}
	g.World.Host(other).Crash()
	if x.without, err = g.timed(g.leads("")); err != nil {
		return err
	}
	move(g.World, other, oneWay)
	g.World.Host(other).Restart()
	g.World.Run(time.Second)
	leader = g.Leader()
	g.World.Host(leader).Crash()
	x.gap, err = g.timed(g.leads(leader))
	return err
}

// inbox counts what is delivered to a member.
type inbox struct{ delivered int }

func (b *inbox) Deliver(multicast.Delivery) { b.delivered++ }
func (b *inbox) Snapshot() []byte           { return nil }
func (b *inbox) Restore([]byte) error       { return nil }

// unled is a group that multicasts in total order.
type unled struct {
	world *sim.World
	hosts []string
	boxes map[string]*inbox
}

func newUnled(cfg sim.Config, n int) *unled {
	g := &unled{world: sim.New(cfg), hosts: rsmtest.Names(n), boxes: map[string]*inbox{}}
	var members []node.Addr
	for _, h := range g.hosts {
		members = append(members, node.Join(h, "multicast"))
	}
	for _, a := range members {
		g.world.Host(a.Host()).Serve("multicast", func() node.Node {
			box := &inbox{}
			g.boxes[a.Host()] = box
			return multicast.NewTotal(multicast.Config{Members: members, Resend: 10 * time.Second}, box)
		})
	}
	g.world.Run(time.Millisecond) // they start
	return g
}

func (g *unled) submit(host string) (err error) {
	g.world.Do(node.Join(host, "multicast"), func(n node.Node) { _, err = n.(*multicast.Member).Submit([]byte("x")) })
	return err
}

// delivered waits until hosts have so many multicasts.
func (g *unled) delivered(total int, hosts ...string) bool {
	return g.world.RunUntil(func() bool {
		for _, h := range hosts {
			if g.boxes[h].delivered < total {
				return false
			}
		}
		return true
	}, moveLimit)
}

func measureAll(seed uint64, o experiment.Options, n int, r *experiment.Result) (x ordering, err error) {
	count := &counter{}
	cfg := worldOf(o, count)
	cfg.Seed = seed
	g := newUnled(cfg, n)
	defer g.world.Close()
	defer account(g.world, r)
	for i := range n * each {
		if err := g.submit(g.hosts[i%n]); err != nil {
			return x, fmt.Errorf("leader: multicast: %w", err)
		}
	}
	if !g.delivered(n*each, g.hosts...) {
		return x, fmt.Errorf("leader: %d multicasts are not delivered everywhere", n*each)
	}
	x.messages = float64(count.sent) / float64(n*each)
	return x, g.lose(&x, n*each)
}

// lose slows a host down and then crashes it; so many multicasts were delivered.
func (g *unled) lose(x *ordering, before int) error {
	first, last := g.hosts[0], g.hosts[len(g.hosts)-1]
	move(g.world, last, slowHost)
	began := g.world.Now()
	if err := g.submit(first); err != nil {
		return err
	}
	g.delivered(before+1, first)
	x.latency = g.world.Now() - began
	g.world.Host(last).Crash()
	if err := g.submit(first); err != nil {
		return err
	}
	g.world.Run(5 * time.Second)
	x.executed = g.boxes[first].delivered > before+1
	return nil
}
