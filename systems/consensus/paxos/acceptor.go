package paxos

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Acceptor is the fault-tolerant memory of the protocol.
type Acceptor struct {
	cfg    Config
	env    node.Env
	log    node.Log
	memory Memory
}

// NewAcceptor returns an acceptor. A configuration that fails its Check panics.
func NewAcceptor(cfg Config) *Acceptor { return &Acceptor{cfg: cfg.filled()} }

// Memory returns what the acceptor has promised and accepted.
func (a *Acceptor) Memory() Memory { return a.memory }

// Inspect implements node.Inspector.
func (a *Acceptor) Inspect() any { return a.memory }

// Start implements node.Node: it remembers.
func (a *Acceptor) Start(env node.Env) {
	a.env, a.log = env, env.Log("acceptor")
	for lsn, record := range a.log.Records(a.log.First()) {
		m := Memory{}
		if err := wire.UnmarshalBody(record, &m); err != nil {
			env.Halt(fmt.Errorf("paxos: acceptor %s: read its log at %d: %w", env.Self(), lsn, err))
			return
		}
		a.memory = m
	}
}

// Receive implements node.Node.
func (a *Acceptor) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *Prepare:
		a.prepare(from, m)
	case *Accept:
		a.accept(from, m)
	case *Inquire:
		if !a.memory.Accepted.IsZero() {
			a.env.Send(from, &Accepted{Proposal: a.memory.Accepted})
		}
	}
}

// prepare is phase 1b.
func (a *Acceptor) prepare(from node.Addr, m *Prepare) {
	if !a.memory.Prepare(m.Number) {
		a.env.Send(from, &Reject{Number: m.Number, Promised: a.memory.Promised})
		return
	}
	//parley:rule paxos.acceptor.durable-state drop
	a.remember()
	a.env.Send(from, &Promise{Number: m.Number, Accepted: a.memory.Accepted})
}

// accept is phase 2b. The proposer may have no learner's ear, so it is told too.
func (a *Acceptor) accept(from node.Addr, m *Accept) {
	if !a.memory.Accept(m.Proposal) {
		a.env.Send(from, &Reject{Number: m.Proposal.Number, Promised: a.memory.Promised})
		return
	}
	//parley:rule paxos.acceptor.durable-state drop
	a.remember()
	accepted := &Accepted{Proposal: m.Proposal}
	a.env.Send(from, accepted)
	for _, l := range a.cfg.informed() {
		a.env.Send(l, accepted)
	}
}

// remember logs the memory. What is sent after it waits for the disk (I6).
func (a *Acceptor) remember() {
	record, err := wire.AppendBody(nil, &a.memory)
	if err != nil {
		panic(fmt.Sprintf("paxos: encode an acceptor's memory: %v", err))
	}
	a.log.Trim(a.log.Append(record))
}
