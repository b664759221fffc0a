package lock

import (
	"github.com/parleysystems/parley/blocks/digraph"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Policy says what is done about deadlocks.
type Policy uint8

// The policies.
const (
	// Detect looks for cycles of transactions that wait for each other.
	Detect Policy = iota
	// WoundWait lets only the younger wait for the older.
	WoundWait
	// WaitDie lets only the older wait for the younger.
	WaitDie
	// NoWait lets nobody wait.
	NoWait
	// Timeout lets everybody wait, in a circle if it comes to that: who has waited for
	// too long, by its own clock, is to call Abort.
	Timeout
)

// Policies returns those that keep transactions from waiting for ever.
func Policies() []Policy { return []Policy{Detect, WoundWait, WaitDie, NoWait} }

// String returns the usual name.
func (p Policy) String() string {
	return [...]string{"detect", "wound-wait", "wait-die", "no-wait", "timeout"}[p]
}

// wait lets a request wait, as far as the policy permits.
func (t *Table) wait(q *request, blockers []*owner) error {
	if a := t.refuse(q, blockers); a != nil {
		return t.doom(q.owner, a)
	}
	t.enqueue(q)
	if t.options.Policy == WoundWait {
		t.wound(q, blockers)
	}
	//parley:rule locking.two-phase.deadlock force=false
	if t.options.Policy == Detect {
		t.breakCycles(q)
	}
	switch {
	case q.owner.doomed != nil:
		return q.owner.doomed
	case q.owner.waiting != q:
		return nil // granted, since who was ahead has been aborted
	}
	return q.ticket
}

// refuse returns why a request may not wait, or nil.
func (t *Table) refuse(q *request, blockers []*owner) *scheme.Abort {
	abort := &scheme.Abort{Other: blockers[0].id, Key: []byte(q.resource.from)}
	if t.waiting >= t.options.Waiting {
		abort.Reason = "too many wait"
		return abort
	}
	if t.options.Policy == NoWait {
		abort.Reason = "no-wait"
		return abort
	}
	for _, b := range blockers {
		if t.options.Policy == WaitDie && b.older(q.owner) {
			abort.Reason, abort.Other = "wait-die", b.id
			return abort
		}
	}
	return nil
}

// wound aborts the younger in the way of a request.
func (t *Table) wound(q *request, blockers []*owner) {
	for _, b := range blockers {
		if q.owner.older(b) && b.doomed == nil && !b.final {
			t.doom(b, &scheme.Abort{Reason: "wounded", Other: q.owner.id, Key: []byte(q.resource.from)})
		}
	}
}

// breakCycles aborts the youngest of each cycle that a request has closed: there
// was none before, so all of them go through its owner (L3).
func (t *Table) breakCycles(q *request) {
	for q.owner.waiting == q {
		cycle := t.cycle(q.owner)
		if cycle == nil {
			return
		}
		t.stats.Cycles++
		youngest := 0
		for i := range cycle {
			if cycle[youngest].older(cycle[i]) {
				youngest = i
			}
		}
		victim := cycle[youngest]
		t.doom(victim, &scheme.Abort{
			Reason: "deadlock", Other: cycle[(youngest+1)%len(cycle)].id, Key: []byte(victim.waiting.resource.from),
		})
	}
}

// cycle returns transactions of which each waits for the next, and the last for
// the first, which is o; nil if there are none.
func (t *Table) cycle(o *owner) []*owner {
	nodes, index := []*owner{o}, map[*owner]int{o: 0}
	var waits []digraph.Step
	for i := 0; i < len(nodes); i++ {
		if nodes[i].waiting == nil {
			continue
		}
		for _, b := range t.blockers(nodes[i].waiting) {
			if _, known := index[b]; !known {
				index[b] = len(nodes)
				nodes = append(nodes, b)
			}
			waits = append(waits, digraph.Step{From: i, To: index[b], Kind: 1})
		}
	}
	g := digraph.New(len(nodes))
	for _, w := range waits {
		g.Add(w.From, w.To, w.Kind)
	}
	var found []*owner
	for _, s := range digraph.NewSearch(g).Loop(0, 1, nil) {
		found = append(found, nodes[s.From])
	}
	return found
}

// doom decides against a transaction. Its locks stay until it has undone what it
// did; it waits for nothing any more.
func (t *Table) doom(o *owner, a *scheme.Abort) error {
	t.stats.Aborted++
	o.doomed = a
	if o.waiting != nil {
		t.withdraw(o)
	}
	return a
}
