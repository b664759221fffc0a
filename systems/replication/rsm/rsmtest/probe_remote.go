package rsmtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// prober is a client on a host without a replica that asks a group at rest for one
// command and one answer, as often as it takes. It asks by a pipeline if the load's
// clients do.
type prober struct {
	load     *Load
	pipeline *rsm.Pipeline
	done     bool
	err      error // why the latest attempt failed
}

// Start begins to ask.
func (p *prober) Start(env node.Env) {
	const retry = 500 * time.Millisecond // more than messages and disks take at rest
	var g group
	if p.load.Pipelined {
		p.pipeline = rsm.NewPipeline(env, p.load.servers(), rsm.PipelineConfig{
			Timeout: probeLimit, RetryAfter: retry, MaxMessage: shortMessage, Flights: 2,
		})
		g = awaited{p.pipeline}
	} else {
		g = rsm.NewClient(env, p.load.servers(), rsm.ClientConfig{Timeout: probeLimit, RetryAfter: retry})
	}
	env.Go(func(t node.Task) { p.ask(t, g) })
}

func (p *prober) ask(t node.Task, g group) {
	id := uint64(probeID)
	until := func(try func() error) {
		for p.err = try(); p.err != nil; p.err = try() {
			t.Sleep(slice / 10)
		}
	}
	until(func() error {
		id++ // the one before may be executed yet
		_, err := g.Execute(t, encode(&Op{ID: id}))
		return err
	})
	until(func() error {
		_, err := g.Ask(t, rsm.Linearizable, &Get{Key: "k"})
		return err
	})
	p.done = true
}

// Receive hands the pipeline its answers; those to a client go to calls of its task.
func (p *prober) Receive(from node.Addr, m node.Message) {
	if p.pipeline != nil {
		p.pipeline.Receive(from, m)
	}
}

// probeRemote demands that a group at rest serves a client without a replica.
func (t *Trial) probeRemote() error {
	p := &prober{load: &t.Clients.Load}
	w := t.Cluster.World
	w.Host("probe").Serve("client", func() node.Node { return p })
	w.RunUntil(func() bool { return p.done || t.Broken() != nil }, probeLimit)
	if !p.done && t.Broken() == nil {
		return fmt.Errorf("liveness: a group at rest does not serve a client on another host within %v: %w", probeLimit, p.err)
	}
	return nil
}
