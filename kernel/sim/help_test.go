package sim_test

import (
	"strconv"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

func itoa(n int) string { return strconv.Itoa(n) }

// say is the message of most tests.
type say struct {
	Text string `wire:"1"`
	N    int    `wire:"2"`
}

var _ = wire.Register[say]("sim.test.say")

// actor is a node made of functions.
type actor struct {
	env     node.Env
	start   func(a *actor)
	receive func(a *actor, from node.Addr, m *say)
	heard   []*say
	state   int
}

func (a *actor) Start(env node.Env) {
	a.env = env
	if a.start != nil {
		a.start(a)
	}
}

func (a *actor) Receive(from node.Addr, m node.Message) {
	a.heard = append(a.heard, m.(*say))
	if a.receive != nil {
		a.receive(a, from, m.(*say))
	}
}

// serve makes a host with one service "x".
func serve(w *sim.World, host string, start func(a *actor), receive func(a *actor, from node.Addr, m *say)) node.Addr {
	return w.Host(host).Serve("x", func() node.Node { return &actor{start: start, receive: receive} })
}

// do enters an actor.
func do(w *sim.World, at node.Addr, f func(a *actor)) bool {
	return w.Do(at, func(n node.Node) { f(n.(*actor)) })
}

// heard counts what an actor has received since it started.
func heard(w *sim.World, at node.Addr) int {
	if a, ok := w.Node(at).(*actor); ok {
		return len(a.heard)
	}
	return -1
}

// echo answers everything.
func echo(a *actor, from node.Addr, m *say) { a.env.Send(from, m) }

// fixed is a link without chance.
func fixed(d time.Duration) sim.Link { return sim.Link{Delay: sim.Constant(d)} }

const (
	ms = time.Millisecond
	us = time.Microsecond
)
