package pbfttest

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Oracle sees all correct replicas at once, and keeps J1 to J4. The first breach is
// kept.
type Oracle struct {
	cluster   *Cluster
	violation string
	decided   map[pbft.SeqNo]pbft.Digest
	prepared  map[place]pbft.Digest
	holders   map[holding]map[node.Addr]bool
	order     map[string][]uint64 // operations, by host, in the order of execution
	final     []uint64            // what was executed for good, by whom so ever
	Executed  int                 // batches, over all replicas
	Conflicts int                 // replicas that saw two pre-prepares for a number
	// Expect is set by experiments that want a breach, to go on after it.
	Breaches int
}

type place struct {
	view pbft.View
	seq  pbft.SeqNo
}

type holding struct {
	seq    pbft.SeqNo
	digest pbft.Digest
}

func newOracle(c *Cluster) *Oracle {
	return &Oracle{
		cluster: c, decided: map[pbft.SeqNo]pbft.Digest{}, prepared: map[place]pbft.Digest{},
		holders: map[holding]map[node.Addr]bool{}, order: map[string][]uint64{},
	}
}

// Violation says what was broken first, or "".
func (o *Oracle) Violation() string { return o.violation }

func (o *Oracle) breach(format string, args ...any) {
	o.Breaches++
	if o.violation == "" {
		o.violation = fmt.Sprintf(format, args...)
	}
}

// watcher is the oracle's eye on one replica.
type watcher struct {
	o    *Oracle
	addr node.Addr
}

// Prepared keeps J2: in one view, one batch a number.
func (w *watcher) Prepared(v pbft.View, n pbft.SeqNo, d pbft.Digest) {
	o := w.o
	if !o.cluster.Correct(w.addr.Host()) {
		return
	}
	at := place{v, n}
	if other, known := o.prepared[at]; known && other != d {
		o.breach("agreement within a view: in view %d %s has prepared batch %x at %d, another %x", v, w.addr, d[:4], n, other[:4])
	}
	o.prepared[at] = d
	h := holding{n, d}
	if o.holders[h] == nil {
		o.holders[h] = map[node.Addr]bool{}
	}
	o.holders[h][w.addr] = true
}

// Executed keeps J1 and J3: one batch a number, for ever, and prepared at f+1 correct
// replicas.
func (w *watcher) Executed(n pbft.SeqNo, d pbft.Digest) {
	o := w.o
	if !o.cluster.Correct(w.addr.Host()) {
		return
	}
	o.Executed++
	if other, known := o.decided[n]; known && other != d {
		o.breach("one order: %s executes batch %x at %d, another executed %x", w.addr, d[:4], n, other[:4])
	}
	o.decided[n] = d
	if list := o.order[w.addr.Host()]; len(list) > len(o.final) {
		o.final = append(o.final, list[len(o.final):]...)
	}
	if holders := len(o.holders[holding{n, d}]); holders < o.cluster.F()+1 {
		o.breach("committed: %s executes batch %x at %d, which %d correct replicas have prepared", w.addr, d[:4], n, holders)
	}
}

func (o *Oracle) started(host string) { o.order[host] = nil }

// applied keeps J4: no operation twice in one state, and all states of one history.
// An index that comes again is of a state that was taken back.
func (o *Oracle) applied(host string, i rsm.Index, op uint64) {
	if !o.cluster.Correct(host) {
		return
	}
	list := o.order[host]
	for len(list) < int(i)-1 {
		list = append(list, o.at(len(list))) // came with a state
	}
	list = list[:i-1]
	if at := slices.Index(list, op); at >= 0 && op != 0 {
		o.breach("exactly once: %s executes operation %d as its %dth and its %dth", host, op, at+1, i)
	}
	o.order[host] = append(list, op)
}

// at is the operation that was executed at a place.
func (o *Oracle) at(i int) uint64 {
	if i < len(o.final) {
		return o.final[i]
	}
	return 0
}

// Operations returns what was executed for good, in order.
func (o *Oracle) Operations() (all []int) {
	for _, op := range o.final {
		if op > 0 && op < Probe {
			all = append(all, int(op)-1)
		}
	}
	return all
}

// Probe and above are operations that belong to no history.
const Probe = 1 << 40
