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
	System: "primarybackup", Name: "leader", Hosts: "3 to 5", Once: true,
	Canon: []string{"rsm.leader.benefits"},
	Question: `What is a leader good for, and what does it cost? All hosts have commands at the same time. With a leader
(Raft) they go to it; without one (totally ordered multicast) every host proposes its own, and all must have heard
from all before anybody executes. The leader needs fewer messages a command, the more so the more hosts there are, and
does not wait for a slow host, as the others do. Then a host crashes: without a leader nothing is executed until it is
back; with one, nothing until another is elected, if it was the leader, and no pause at all if it was not.`,
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

func slow(w *sim.World, host string) {
	l := sim.Link{Delay: sim.Constant(slowHost)}
	w.Shape(host, "*", l)
	w.Shape("*", host, l)
}

func account(w *sim.World, r *experiment.Result) {
	r.Hash, r.Events, r.Elapsed = r.Hash*31+w.Hash(), r.Events+w.Events(), r.Elapsed+w.Now()
}

// measureLed has every host of a Raft group propose, one command a batch.
func measureLed(seed uint64, o experiment.Options, n int, r *experiment.Result) (ordering, error) {
	count := &counter{}
	cfg := raft.Config{ElectionTimeout: 200 * time.Millisecond, HeartbeatInterval: 40 * time.Millisecond}
	k := rsmtest.New(seed, rsmtest.Options{
		Hosts: rsmtest.Names(n), Sim: worldOf(o, count), RSM: rsm.Config{MaxBatchBytes: 1, Pipeline: 256},
		Engine: func(members []node.Addr) rsm.Engine {
			cfg := cfg
			cfg.Members = members
			return raft.New(cfg)
		},
	})
	defer k.World.Close()
	defer account(k.World, r)
	id := uint64(0)
	propose := func(host string) *rsmtest.Outcome {
		id++
		return k.Propose(host, &rsmtest.Op{ID: id, Key: "k"})
	}
	timed := func(host func() string) (time.Duration, error) {
		began := k.World.Now()
		k.World.RunUntil(func() bool { return host() != "" }, moveLimit)
		x := propose(host())
		if !k.Await(moveLimit, x) || x.Err != nil {
			return 0, fmt.Errorf("leader: a command is not executed by %d hosts: %v", n, x.Err)
		}
		return k.World.Now() - began, nil
	}
	for _, h := range k.Hosts() { // each opens its session
		k.World.RunUntil(func() bool { return k.Leader() != "" }, moveLimit)
		if x := propose(h); !k.Await(moveLimit, x) || x.Err != nil {
			return ordering{}, fmt.Errorf("leader: %s executes nothing: %v", h, x.Err)
		}
	}
	before := count.sent
	var all []*rsmtest.Outcome
	for range each {
		for _, h := range k.Hosts() {
			all = append(all, propose(h))
		}
	}
	k.Await(moveLimit, all...)
	var x ordering
	x.messages = float64(count.sent-before) / float64(n*each)
	leader := k.Leader()
	others := strings.Split(without(k.Hosts(), leader), ",")
	slow(k.World, others[0])
	var err error
	if x.latency, err = timed(func() string { return leader }); err != nil {
		return x, err
	}
	k.World.Host(others[0]).Crash()
	if x.without, err = timed(func() string { return leader }); err != nil {
		return x, err
	}
	k.World.Host(others[0]).Restart()
	k.World.Run(time.Second)
	leader = k.Leader()
	k.World.Host(leader).Crash()
	x.gap, err = timed(func() string {
		if l := k.Leader(); l != leader {
			return l
		}
		return ""
	})
	return x, err
}

// inbox counts what is delivered to a member.
type inbox struct{ delivered int }

func (b *inbox) Deliver(multicast.Delivery) { b.delivered++ }
func (b *inbox) Snapshot() []byte           { return nil }
func (b *inbox) Restore([]byte) error       { return nil }

// measureAll has every host of a group multicast in total order.
func measureAll(seed uint64, o experiment.Options, n int, r *experiment.Result) (ordering, error) {
	count := &counter{}
	cfg := worldOf(o, count)
	cfg.Seed = seed
	w := sim.New(cfg)
	defer w.Close()
	defer account(w, r)
	hosts, boxes, members := rsmtest.Names(n), map[string]*inbox{}, []node.Addr{}
	for _, h := range hosts {
		members = append(members, node.Join(h, "multicast"))
	}
	for _, h := range hosts {
		w.Host(h).Serve("multicast", func() node.Node {
			boxes[h] = &inbox{}
			return multicast.NewTotal(multicast.Config{Members: members, Resend: 10 * time.Second}, boxes[h])
		})
	}
	submit := func(host string) (err error) {
		w.Do(node.Join(host, "multicast"), func(n node.Node) { _, err = n.(*multicast.Member).Submit([]byte("x")) })
		return err
	}
	delivered := func(total int) bool {
		return w.RunUntil(func() bool {
			for _, h := range hosts {
				if boxes[h] == nil || boxes[h].delivered < total {
					return false
				}
			}
			return true
		}, moveLimit)
	}
	w.Run(time.Millisecond)
	for range each {
		for _, h := range hosts {
			if err := submit(h); err != nil {
				return ordering{}, fmt.Errorf("leader: multicast at %s: %w", h, err)
			}
		}
	}
	if !delivered(n * each) {
		return ordering{}, fmt.Errorf("leader: %d multicasts are not delivered everywhere", n*each)
	}
	var x ordering
	x.messages = float64(count.sent) / float64(n*each)
	slow(w, hosts[n-1])
	began := w.Now()
	if err := submit(hosts[0]); err != nil {
		return x, err
	}
	first := n*each + 1
	w.RunUntil(func() bool { return boxes[hosts[0]].delivered >= first }, moveLimit)
	x.latency = w.Now() - began
	w.Host(hosts[n-1]).Crash()
	if err := submit(hosts[0]); err != nil {
		return x, err
	}
	w.Run(5 * time.Second)
	x.executed = boxes[hosts[0]].delivered > first
	return x, nil
}
