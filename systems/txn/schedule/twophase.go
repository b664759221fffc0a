package schedule

import (
	"fmt"

	"github.com/parleysystems/parley/blocks/digraph"
)

// Locking is how long locks are held, at the least.
type Locking uint8

// The two-phase protocols. Each takes a shared lock to read and an exclusive one
// to write, upgrades in the growing phase, and takes no lock after its first
// release.
const (
	Plain       Locking = iota // released at any time after the lock point
	StrictLocks                // exclusive locks until commit or abort
	AllToEnd                   // all locks until commit or abort ("strong strict", rigorous)
)

// LockPoints are the moments at which transactions have all their locks, by the
// operation they come after: position -1 is before the first.
type LockPoints map[Txn]int

// TwoPhase returns lock points with which a lock manager of that protocol
// produces exactly this schedule, without making anybody wait, or the reason
// why none can.
//
// A lock on an item is held from the first use of it, or the lock point if that
// comes first, to the last use, or the lock point if that comes last. So two
// transactions that conflict on an item, t before u, need: t's lock point before
// u's and before u's first use, and u's after t's last use. These are
// inequalities between lock points and with constants, and decided like those.
func (s Schedule) TwoPhase(l Locking) (LockPoints, error) {
	p := newLockPlan(s)
	for _, item := range s.Items() {
		users := s.uses(item, l)
		for _, t := range users {
			for _, u := range users {
				if err := p.exclude(t, u); err != nil {
					return nil, err
				}
			}
		}
	}
	return p.solve()
}

// use is how a transaction uses an item: the positions of its first access, its
// first write and of the earliest release.
type use struct {
	txn                Txn
	item               string
	first, write, last int
	writes             bool
}

// uses returns the uses of an item, in the order of their first accesses.
func (s Schedule) uses(item string, l Locking) (all []use) {
	at := map[Txn]int{}
	for i, o := range s {
		if !o.Accesses() || o.Item != item {
			continue
		}
		if _, known := at[o.Txn]; !known {
			at[o.Txn] = len(all)
			all = append(all, use{txn: o.Txn, item: item, first: i})
		}
		u := &all[at[o.Txn]]
		if o.Kind == Write && !u.writes {
			u.writes, u.write = true, i
		}
		u.last = i
	}
	for i := range all {
		if u := &all[i]; l == AllToEnd || l == StrictLocks && u.writes {
			u.last, _ = s.end(u.txn)
		}
	}
	return all
}

// lockPlan collects what the lock points must satisfy.
type lockPlan struct {
	txns             []Txn
	node             map[Txn]int
	after, before    []int // bounds of each, exclusive
	afterWhy, befWhy []string
	order            *digraph.Graph
}

func newLockPlan(s Schedule) *lockPlan {
	p := &lockPlan{txns: s.Txns(), node: map[Txn]int{}}
	p.order = digraph.New(len(p.txns))
	for i, t := range p.txns {
		end, _ := s.end(t)
		p.node[t] = i
		p.after, p.afterWhy = append(p.after, -1), append(p.afterWhy, "")
		p.before, p.befWhy = append(p.before, end), append(p.befWhy, fmt.Sprintf("T%d ends at operation %d", t, end+1))
	}
	return p
}

// exclude keeps the exclusive lock of t apart from any lock of u on the item.
func (p *lockPlan) exclude(t, u use) error {
	switch {
	case t.txn == u.txn || !t.writes:
		return nil
	case u.last < t.write:
		p.precede(u, t, t.write)
	case t.last < u.first:
		p.precede(t, u, u.first)
	default:
		return fmt.Errorf("T%d needs %s exclusively at operation %d, while T%d holds it from operation %d to %d",
			t.txn, t.item, t.write+1, u.txn, u.first+1, u.last+1)
	}
	return nil
}

// precede lets t unlock the item before u takes it for operation acquire.
func (p *lockPlan) precede(t, u use, acquire int) {
	i, j := p.node[t.txn], p.node[u.txn]
	p.order.Add(i, j, 1)
	if acquire < p.before[i] {
		p.before[i] = acquire
		p.befWhy[i] = fmt.Sprintf("T%d takes %s at operation %d", u.txn, u.item, acquire+1)
	}
	if t.last > p.after[j] {
		p.after[j] = t.last
		p.afterWhy[j] = fmt.Sprintf("T%d keeps %s until operation %d", t.txn, t.item, t.last+1)
	}
}

// solve places the lock points in a topological order, each as early as it can
// be.
func (p *lockPlan) solve() (LockPoints, error) {
	order, ok := p.order.Order(1)
	if !ok {
		return nil, fmt.Errorf("the lock points would have to come before each other in a circle")
	}
	points := LockPoints{}
	for _, i := range order {
		if p.after[i] >= p.before[i] {
			return nil, fmt.Errorf("T%d would have to release a lock before it has all: its lock point must come before operation %d (%s) and after operation %d (%s)",
				p.txns[i], p.before[i]+1, p.befWhy[i], p.after[i]+1, p.afterWhy[i])
		}
		points[p.txns[i]] = p.after[i]
		for _, e := range p.order.Out(i) {
			if p.after[i] > p.after[e.To] {
				p.after[e.To], p.afterWhy[e.To] = p.after[i], p.afterWhy[i]
			}
		}
	}
	return points, nil
}
