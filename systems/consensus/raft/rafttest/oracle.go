package rafttest

import (
	"bytes"
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Oracle sees all servers at once, after every event, and knows what none of
// them can: whether Raft's properties (Figure 3) hold. The first breach is kept.
//
//	Election Safety        at most one leader a term
//	Leader Append-Only     a leader never changes or removes an entry of its log
//	Log Matching           same index and term: same entries up to there
//	Leader Completeness    what is committed is in every later leader's log
//	State Machine Safety   no two servers apply different commands at an index
//
// and that terms never go back. (Over restarts they do not go back behind what
// was said to others: Notes.)
type Oracle struct {
	// Breached, if not nil, is told of the first breach at once.
	Breached  func(what string)
	violation string
	leaders   map[raft.Term]node.Addr
	servers   map[node.Addr]*view
	// chain is the committed entries as they were first seen committed.
	chain []committed
	// executed is the commands at each index, as first executed.
	executed map[rsm.Index][]uint64
	// ran counts the executions of an operation in the longest history.
	place map[uint64]rsm.Index
}

type committed struct {
	raft.Entry
	by   node.Addr
	term raft.Term // in which it was first known to be committed
}

// view is what the oracle last saw of a server.
type view struct {
	term     raft.Term
	leading  bool
	base     rsm.Index
	last     rsm.Index
	lastTerm raft.Term
	commit   rsm.Index
	at       rsm.Index // the index being executed
	nth      int       // of the commands there
}

func newOracle() *Oracle {
	return &Oracle{
		leaders: map[raft.Term]node.Addr{}, servers: map[node.Addr]*view{},
		executed: map[rsm.Index][]uint64{}, place: map[uint64]rsm.Index{},
	}
}

// Violation says what was broken first, or "".
func (o *Oracle) Violation() string { return o.violation }

// Executed returns the operations in the order of their execution.
func (o *Oracle) Executed() []uint64 {
	var all []uint64
	for i := rsm.Index(1); i <= rsm.Index(len(o.chain)); i++ {
		all = append(all, o.executed[i]...)
	}
	return all
}

func (o *Oracle) breach(format string, args ...any) {
	if o.violation == "" {
		o.violation = fmt.Sprintf(format, args...)
		if o.Breached != nil {
			o.Breached(o.violation)
		}
	}
}

func (o *Oracle) view(a node.Addr) *view {
	v := o.servers[a]
	if v == nil {
		v = &view{}
		o.servers[a] = v
	}
	return v
}

// started takes notice of a new incarnation.
func (o *Oracle) started(a node.Addr) {
	v := o.view(a)
	v.term = 0 // a term that nobody heard of need not have been durable
	v.leading, v.commit, v.at, v.nth, v.last, v.lastTerm = false, 0, 0, 0, 0, 0
}

// applied checks State Machine Safety, and that no operation runs twice in one
// history.
func (o *Oracle) applied(a node.Addr, i rsm.Index, op uint64) {
	v := o.view(a)
	if i != v.at {
		v.at, v.nth = i, 0
	}
	done := o.executed[i]
	if v.nth < len(done) {
		if done[v.nth] != op {
			o.breach("state machine safety: at index %d %s executes operation %d, where another executed %d", i, a, op, done[v.nth])
		}
	} else {
		o.executed[i] = append(done, op)
		if at, twice := o.place[op]; twice && op != 0 {
			o.breach("exactly once: operation %d executed at index %d and again at %d", op, at, i)
		}
		o.place[op] = i
	}
	v.nth++
}

// observe checks every server that has moved since.
func (o *Oracle) observe(c *Cluster) {
	for i, a := range c.addrs {
		if r := c.Raft(c.hosts[i]); r != nil {
			o.look(a, r)
		}
	}
}

func (o *Oracle) look(a node.Addr, r *raft.Raft) {
	v, term := o.view(a), r.Term()
	if term < v.term {
		o.breach("terms: %s went from term %d back to %d", a, v.term, term)
	}
	base, baseTerm, entries := r.Entries()
	last := base + rsm.Index(len(entries))
	lastTerm := baseTerm
	if len(entries) > 0 {
		lastTerm = entries[len(entries)-1].Term
	}
	leading, commit := r.Leads(), r.Committed()
	if term == v.term && last == v.last && lastTerm == v.lastTerm && commit == v.commit && leading == v.leading && base == v.base {
		return
	}
	if leading {
		o.lookAtLeader(a, v, term, base, entries)
	}
	if commit > v.commit {
		o.lookAtCommitted(a, term, max(v.commit, base), commit, base, entries)
	}
	*v = view{term: term, leading: leading, base: base, last: last, lastTerm: lastTerm, commit: commit, at: v.at, nth: v.nth}
}

// lookAtLeader checks Election Safety, Leader Append-Only and, when a server
// has just come to lead, Leader Completeness.
func (o *Oracle) lookAtLeader(a node.Addr, v *view, term raft.Term, base rsm.Index, entries []raft.Entry) {
	if other, ok := o.leaders[term]; ok && other != a {
		o.breach("election safety: %s and %s lead in term %d", other, a, term)
	}
	o.leaders[term] = a
	last := base + rsm.Index(len(entries))
	if v.leading && v.term == term {
		if last < v.last || v.last > base && entries[v.last-base-1].Term != v.lastTerm {
			o.breach("leader append-only: %s in term %d had entry %d of term %d", a, term, v.last, v.lastTerm)
		}
		return
	}
	for i := base + 1; i <= rsm.Index(len(o.chain)); i++ {
		if known := &o.chain[i-1]; known.term < term && (i > last || !same(&entries[i-base-1], &known.Entry)) {
			o.breach("leader completeness: %s leads in term %d without entry %d of term %d, committed in term %d by %s",
				a, term, i, known.Term, known.term, known.by)
			return
		}
	}
}

// lookAtCommitted checks that what a server takes for committed is what others
// did. With Log Matching among committed entries it implies the rest of it for
// all that matters.
func (o *Oracle) lookAtCommitted(a node.Addr, term raft.Term, from, to, base rsm.Index, entries []raft.Entry) {
	for i := from + 1; i <= to; i++ {
		e := entries[i-base-1]
		if i > rsm.Index(len(o.chain)) {
			o.chain = append(o.chain, committed{e, a, term})
			continue
		}
		if known := &o.chain[i-1]; !same(&e, &known.Entry) {
			o.breach("state machine safety: %s takes entry %d of term %d for committed, where %s had one of term %d",
				a, i, e.Term, known.by, known.Term)
			return
		}
	}
}

func same(a, b *raft.Entry) bool {
	return a.Term == b.Term && a.Kind == b.Kind && bytes.Equal(a.Data, b.Data)
}

// Logs checks Log Matching between all pairs of logs, entry by entry. It is too
// slow for every event.
func (o *Oracle) Logs(c *Cluster) {
	for i, h := range c.hosts {
		for _, g := range c.hosts[:i] {
			if x, y := c.Raft(h), c.Raft(g); x != nil && y != nil {
				o.match(h, x, g, y)
			}
		}
	}
}

func (o *Oracle) match(h string, x *raft.Raft, g string, y *raft.Raft) {
	xb, _, xs := x.Entries()
	yb, _, ys := y.Entries()
	agree := false
	top := min(xb+rsm.Index(len(xs)), yb+rsm.Index(len(ys)))
	for i := top; i > max(xb, yb); i-- {
		a, b := &xs[i-xb-1], &ys[i-yb-1]
		if a.Term == b.Term {
			agree = true
		}
		if agree && !same(a, b) {
			o.breach("log matching: %s and %s agree behind entry %d and differ in it", h, g, i)
			return
		}
	}
}
