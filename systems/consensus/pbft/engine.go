package pbft

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Engine is a replica as an rsm.Engine. Every replica takes submissions: it is the
// client of the group for the doors of its own host. So nobody has to trust another
// host, and least of all the primary; but who comes in by a host's door trusts that
// host. Who trusts none has a follower on his own side (Config.Follow), or a Gateway,
// with replicas of type Replica.
type Engine struct {
	PBFT
	applied applied
}

var (
	_ rsm.Engine  = (*Engine)(nil)
	_ rsm.Outward = (*Engine)(nil)
)

// New returns a replica. It panics if cfg is not valid.
func New(cfg Config) *Engine {
	cfg.Tentative = false
	e := &Engine{}
	e.PBFT = *newPBFT(cfg, &e.applied)
	return e
}

// Start begins an incarnation.
func (e *Engine) Start(env node.Env, app rsm.Applier) {
	e.applied.app = app
	e.start(env)
}

// Receive handles a message, if it is one of the engine's.
func (e *Engine) Receive(from node.Addr, m node.Message) bool { return e.receive(from, m) }

// ReceiveStranger handles a message of a host that is no member: a client's, or a
// follower's. Nothing that it says is believed of anybody but itself.
func (e *Engine) ReceiveStranger(from node.Addr, m node.Message) bool {
	switch m.(type) {
	case *Request, *Follow, *Fetch, *GetPart, *Introduce, *NewKey:
		return e.receive(from, m)
	}
	return false
}

// Leader returns this replica, which takes submissions, and a number that rises with
// the view, and whenever submissions have got lost.
func (e *Engine) Leader() (node.Addr, uint64) {
	return e.env.Self(), e.epoch()<<20 + e.applied.skips
}

// epoch numbers views from 1: to clients of etcd 0 is no term.
func (e *Engine) epoch() uint64 { return uint64(e.view) + 1 }

// Leads tells whether this replica is the primary of its view, which has begun.
func (e *Engine) Leads() bool { return e.active && e.primary() && !e.recovering() }

// Committed returns how many requests were executed here.
func (e *Engine) Committed() rsm.Index { return e.applied.index }

// Submit has a command ordered. The place that it returns is the least that the
// command can have.
func (e *Engine) Submit(command []byte) (rsm.Index, error) {
	if err := e.submit(command); err != nil {
		return 0, err
	}
	return e.applied.index + 1, nil
}

// Barrier orders an empty command for both levels of freshness.
func (e *Engine) Barrier(level rsm.Level, done func(error)) { e.barrier(done) }

// HoldsLease is never true: a lease would have to trust the clocks of liars.
func (e *Engine) HoldsLease() bool { return false }

// Status describes this replica. Its leader is the primary of the view that this
// replica sees the group in.
func (e *Engine) Status() rsm.Status {
	s := rsm.Status{
		Self: e.env.Self(), Role: rsm.Following, Leader: e.group.addr(e.group.primary(e.groupView())), Epoch: e.epoch(),
		Committed: e.applied.index, Applied: e.applied.index, Snapshot: rsm.Index(e.low()), Last: e.applied.index,
	}
	if e.unfinished() {
		s.Last++
	}
	switch {
	case e.Leads():
		s.Role = rsm.Leading
	case e.recovering() || e.cfg.Follow:
		s.Role = rsm.Learning
	case !e.active && e.groupView() == e.view:
		s.Role = rsm.Electing
	}
	for _, m := range e.group.members {
		s.Members = append(s.Members, rsm.Member{Addr: m})
	}
	for _, b := range e.bodies {
		for _, m := range b.requests {
			s.LogBytes += int64(len(m.Op)) + 64
		}
	}
	return s
}

// unfinished tells whether something is ordered, and not executed here.
func (r *PBFT) unfinished() bool {
	for n, s := range r.slots {
		if n > r.executed && (s.accepted || s.committed) {
			return true
		}
	}
	return false
}

// applied is the rsm side as a service: requests are counted, and the count is the
// index.
type applied struct {
	app   rsm.Applier
	index rsm.Index
	skips uint64 // see Engine.Leader
}

// execute says whose the command is: each host's sessions are its own, whoever
// orders what.
func (a *applied) execute(client node.Addr, op []byte) []byte {
	a.index++
	if app, ok := a.app.(rsm.Attributed); ok {
		app.ApplyFrom(client, a.index, op)
		return nil
	}
	a.app.Apply(a.index, op)
	return nil
}

func (a *applied) query(node.Addr, []byte) []byte { return nil }

func (a *applied) replies() bool { return false }

func (a *applied) skipped() {
	a.skips++
	a.app.LeaderChanged()
}

func (a *applied) capture() rsm.Capture { return counted{a.index, a.app.Capture()} }

func (a *applied) restore(r io.Reader) error {
	index, err := readIndex(r)
	if err != nil {
		return err
	}
	a.index = index
	return a.app.Restore(index, r)
}

func readIndex(r io.Reader) (rsm.Index, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, fmt.Errorf("pbft: restore: %w", err)
	}
	return rsm.Index(binary.BigEndian.Uint64(head[:])), nil
}

// counted is a state behind its index.
type counted struct {
	index rsm.Index
	rsm.Capture
}

func (c counted) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(binary.BigEndian.AppendUint64(nil, uint64(c.index)))
	if err != nil {
		return int64(n), err
	}
	m, err := c.Capture.WriteTo(w)
	return int64(n) + m, err
}
