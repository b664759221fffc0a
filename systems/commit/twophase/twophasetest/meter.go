package twophasetest

import "github.com/parleysystems/parley/node"

// cost is what a host spends: records, how many of them something waited for, and
// messages between hosts.
type cost struct{ Records, Forced, Messages int }

// metered is a node whose records and messages are counted. A record is forced if
// something is said after it that has to wait for it.
type metered struct {
	node.Node
	cost *cost
}

func (s *Stage) meter(host string, n node.Node) *metered {
	if s.costs[host] == nil {
		s.costs[host] = &cost{}
	}
	return &metered{n, s.costs[host]}
}

// Start implements node.Node.
func (m *metered) Start(env node.Env) { m.Node.Start(&meteredEnv{Env: env, cost: m.cost}) }

type meteredEnv struct {
	node.Env
	cost    *cost
	pending int
}

func (e *meteredEnv) Send(to node.Addr, m node.Message) {
	e.force()
	e.cost.Messages++
	e.Env.Send(to, m)
}

func (e *meteredEnv) SendEarly(to node.Addr, m node.Message) {
	e.cost.Messages++
	e.Env.SendEarly(to, m)
}

func (e *meteredEnv) Durable(done func()) {
	e.force()
	e.Env.Durable(done)
}

func (e *meteredEnv) force() {
	e.cost.Forced += e.pending
	e.pending = 0
}

func (e *meteredEnv) Log(stream string) node.Log { return &meteredLog{e.Env.Log(stream), e} }

type meteredLog struct {
	node.Log
	env *meteredEnv
}

func (l *meteredLog) Append(record []byte) node.LSN {
	l.env.cost.Records++
	l.env.pending++
	return l.Log.Append(record)
}
