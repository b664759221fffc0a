package main

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

// Exclusion asks whether the lock is one.
var Exclusion = experiment.Register(&experiment.Experiment{
	System: "lock", Name: "exclusion", Hosts: "3 to 5",
	Question: `Do two clients ever believe at the same time that they have the lock? One server and two to
four clients run under a swarm of faults that the seed draws: loss, delay, partitions, crashes, pauses.`,
	Params: []experiment.Param{
		{Name: "clients", Kind: experiment.Int, Doc: "clients, 2 to 4", Shrink: true, Least: 2},
		{Name: "duration", Kind: experiment.Duration, Doc: "of the run", Shrink: true},
	},
	Sometimes: []string{"the server came back while a client was inside"},
	Run:       run,
})

func run(seed uint64, o experiment.Options) experiment.Result {
	k, s := sim.NewKnobs(seed), o.Settings()
	clients := s.Int("clients", k.Int("clients", 2, 4))
	duration := s.Duration("duration", k.Duration("duration", time.Second, 10*time.Second))

	// The plan: what the caller wants, or what the seed draws.
	hosts := []string{"server"}
	for i := range clients {
		hosts = append(hosts, fmt.Sprint("client", i))
	}
	plan := sim.Swarm(seed, hosts, duration)
	if o.Plan != nil {
		var err error
		if plan, err = sim.Parse(*o.Plan); err != nil {
			return experiment.Result{Violation: err.Error()}
		}
	}
	o.Drawn(plan.String(), s.Used())

	// The world. Options.World hands over what a search, the codec and the
	// console want of it.
	config := sim.Config{Seed: seed, Link: sim.Link{Delay: sim.LongTail(time.Millisecond, 100*time.Millisecond)}}
	o.World(&config)
	if o.Trace != nil {
		config.Observer = o.Trace
	}
	w := sim.New(config)
	defer w.Close()

	// Who is inside is what the experiment watches.
	inside, violation := map[node.Addr]bool{}, ""
	var at time.Duration
	var marks experiment.Marks
	watch := func(client node.Addr, is bool) {
		if delete(inside, client); !is {
			return
		}
		for other := range inside {
			if at == 0 {
				violation, at = fmt.Sprintf("exclusion: %s enters while %s is inside", client, other), w.Now()
			}
		}
		inside[client] = true
	}
	w.Host("server").Serve("lock", func() node.Node {
		marks.Sometimes("the server came back while a client was inside", len(inside) > 0)
		return &Server{}
	})
	for _, host := range hosts[1:] {
		w.Host(host).Serve("client", func() node.Node { return &Client{server: "server/lock", inside: watch} })
	}
	r := experiment.Result{Verdict: check.OK, Plan: plan.String(), Params: s.Used()}
	if err := w.Apply(plan); err != nil {
		r.Verdict, r.Violation = check.Unknown, err.Error()
		return r
	}
	w.RunUntil(func() bool { return violation != "" }, duration)
	r.Hash, r.Events, r.Elapsed, r.Marks = w.Hash(), w.Events(), w.Now(), marks.Names()
	if violation != "" {
		r.Verdict, r.Violation, r.At = check.Violation, violation, at
	}
	return r
}
