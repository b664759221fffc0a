package rsmtest

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// pipelined is clients on one host without a replica that share a pipeline.
// Messages are cut short, so that what travels together is now this and now
// that. A crash loses what was under way of all of them.
type pipelined struct {
	all      *Clients
	clients  []*client
	pipeline *rsm.Pipeline // of this incarnation
}

const shortMessage = 120 // bytes

// Start has every client make one operation after the other.
func (p *pipelined) Start(env node.Env) {
	l := &p.all.Load
	p.pipeline = rsm.NewPipeline(env, l.servers(), rsm.PipelineConfig{
		Timeout: l.Patience, RetryAfter: l.Retry, MaxMessage: shortMessage, Flights: 2,
	})
	for _, c := range p.clients {
		if c.current != nil {
			c.current.lose(errDown)
		}
		env.Go(func(t node.Task) { remote{c}.work(t, awaited{p.pipeline}) })
	}
}

// Receive gets answers only.
func (p *pipelined) Receive(from node.Addr, m node.Message) { p.pipeline.Receive(from, m) }

// awaited is a pipeline as tasks use it.
type awaited struct{ *rsm.Pipeline }

type settled struct {
	b   []byte
	err error
}

// Execute waits for the outcome of a command.
func (a awaited) Execute(t node.Task, command []byte) ([]byte, error) {
	var outcome node.Future[settled]
	a.Pipeline.Execute(command, func(b []byte, err error) { outcome.Resolve(settled{b, err}) })
	o := outcome.Await(t)
	return o.b, o.err
}

// Ask waits for the answer to a question.
func (a awaited) Ask(t node.Task, level rsm.Level, question any) (any, error) {
	body, err := wire.Marshal(question)
	if err != nil {
		panic(fmt.Sprintf("rsmtest: %v", err))
	}
	var outcome node.Future[settled]
	a.Pipeline.Ask(level, body, func(b []byte, err error) { outcome.Resolve(settled{b, err}) })
	o := outcome.Await(t)
	if o.err != nil {
		return nil, o.err
	}
	return wire.Unmarshal(o.b)
}
