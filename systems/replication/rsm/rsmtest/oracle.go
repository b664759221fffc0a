package rsmtest

import (
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Oracle sees all replicas at once, after every event, and keeps J1 to J4. The
// first breach is kept.
type Oracle struct {
	violation string
	leaders   map[uint64]node.Addr
	replicas  map[node.Addr]*view
	executed  map[rsm.Index][]uint64 // the commands at each index, as first executed
	last      rsm.Index              // the greatest of executed
	place     map[uint64]rsm.Index
	// Leaderships counts the numbers under which somebody led.
	Leaderships int
}

// view is what the oracle last saw of a replica.
type view struct {
	epoch  uint64
	commit rsm.Index
	at     rsm.Index // the index being executed
	nth    int       // of the commands there
}

// observable is what an engine shows cheaply.
type observable interface {
	rsm.Engine
	Leads() bool
	Committed() rsm.Index
}

func newOracle() *Oracle {
	return &Oracle{
		leaders: map[uint64]node.Addr{}, replicas: map[node.Addr]*view{},
		executed: map[rsm.Index][]uint64{}, place: map[uint64]rsm.Index{},
	}
}

// Violation says what was broken first, or "".
func (o *Oracle) Violation() string { return o.violation }

// Executed returns the operations in the order of their execution.
func (o *Oracle) Executed() []uint64 {
	var all []uint64
	for i := rsm.Index(1); i <= o.last; i++ {
		all = append(all, o.executed[i]...)
	}
	return all
}

func (o *Oracle) breach(format string, args ...any) {
	if o.violation == "" {
		o.violation = fmt.Sprintf(format, args...)
	}
}

func (o *Oracle) view(a node.Addr) *view {
	v := o.replicas[a]
	if v == nil {
		v = &view{}
		o.replicas[a] = v
	}
	return v
}

// started takes notice of a new incarnation.
func (o *Oracle) started(a node.Addr) { *o.view(a) = view{} }

// applied keeps J2 and J3.
func (o *Oracle) applied(a node.Addr, i rsm.Index, op uint64) {
	v := o.view(a)
	if i != v.at {
		v.at, v.nth = i, 0
	}
	done := o.executed[i]
	if v.nth < len(done) {
		if done[v.nth] != op {
			o.breach("one order: at index %d %s executes operation %d, where another executed %d", i, a, op, done[v.nth])
		}
	} else {
		o.executed[i] = append(done, op)
		o.last = max(o.last, i)
		if at, twice := o.place[op]; twice && op != 0 {
			o.breach("exactly once: operation %d executed at index %d and again at %d", op, at, i)
		}
		o.place[op] = i
	}
	v.nth++
}

// observe looks at every replica.
func (o *Oracle) observe(c *Cluster) {
	for i, a := range c.addrs {
		r := c.Replica(c.hosts[i])
		if r == nil {
			continue
		}
		e := r.Engine().(observable)
		o.look(a, e)
		if c.watch != nil && o.violation == "" {
			if err := c.watch(a, e); err != nil {
				o.breach("%v", err)
			}
		}
	}
}

// look keeps J1 and J4.
func (o *Oracle) look(a node.Addr, e observable) {
	v := o.view(a)
	_, epoch := e.Leader()
	commit := e.Committed()
	if epoch < v.epoch || commit < v.commit {
		o.breach("going back: %s went from epoch %d, committed %d to %d, %d", a, v.epoch, v.commit, epoch, commit)
	}
	v.epoch, v.commit = epoch, commit
	if !e.Leads() {
		return
	}
	other, known := o.leaders[epoch]
	if known && other != a {
		o.breach("one leader: %s and %s lead under number %d", other, a, epoch)
	}
	if !known {
		o.leaders[epoch] = a
		o.Leaderships++
	}
}
