package lock

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// ErrTwoPhase is the error of a transaction that has released a lock and asks
// for another: its order among others could not be kept.
var ErrTwoPhase = errors.New("a lock is asked for after one was released")

// Options are what a table is made with.
type Options struct {
	Policy Policy
	// Locks is how many may be held in all, Waiting how many may wait; 0 means a
	// million, and ten thousand.
	Locks, Waiting int
	// Short lets transactions release locks and ask for others, which gives up
	// serializability: what each item sees is atomic, and nothing else.
	Short bool
	// Global is for TwoPhase: the database is all that is locked.
	Global bool
	// Phantoms is for TwoPhase: a scan locks the entries that it found, and not
	// what lies between them. It means nothing with Global.
	Phantoms bool
}

// Table holds the locks of transactions. It has one owner.
type Table struct {
	options Options
	owners  map[scheme.ID]*owner // of Begin; TwoPhase has its own at hand
	items
	arrivals uint64
	locks    int
	waiting  int
	fired    []*scheme.Ticket // to be fired at the end of the call
	stats    Stats
}

// Stats count what a table decided.
type Stats struct {
	// Granted counts locks, Waited those of them that were waited for.
	Granted, Waited int
	// Cycles counts cycles in the waits-for graph, Aborted the transactions that
	// a policy or a bound decided against.
	Cycles, Aborted int
}

// grant is a lock.
type grant struct {
	owner    *owner
	resource Resource
	mode     Mode
	item     *item // where it is kept
}

// request is a lock that is waited for.
type request struct {
	grant
	upgrade bool   // the owner holds a lock that overlaps
	arrival uint64 // what it is ordered by among its like
	ticket  *scheme.Ticket
}

// owner is a transaction.
type owner struct {
	id        scheme.ID
	age       uint64
	held      []*grant
	waiting   *request
	doomed    *scheme.Abort
	shrinking bool // it has released a lock
	final     bool // it will ask for nothing more, and cannot be aborted
}

func (o *owner) older(p *owner) bool {
	return o.age < p.age || o.age == p.age && o.id < p.id
}

// New returns an empty table.
func New(o Options) *Table {
	if o.Locks == 0 {
		o.Locks = 1_000_000
	}
	if o.Waiting == 0 {
		o.Waiting = 10_000
	}
	return &Table{options: o, owners: map[scheme.ID]*owner{}}
}

// Stats returns what was counted.
func (t *Table) Stats() Stats { return t.stats }

// Begin makes a transaction known. The older has the lesser age.
func (t *Table) Begin(id scheme.ID, age uint64) {
	if t.owners[id] != nil {
		panic(fmt.Sprintf("lock: transaction %d begins twice", id))
	}
	t.owners[id] = t.begin(id, age)
}

func (t *Table) begin(id scheme.ID, age uint64) *owner {
	o := t.spent.owners.Take()
	o.id, o.age = id, age
	return o
}

func (t *Table) owner(id scheme.ID) *owner {
	o := t.owners[id]
	if o == nil {
		panic(fmt.Sprintf("lock: transaction %d is not known", id))
	}
	return o
}

// Acquire asks for a lock. It returns nil if it is held, a *scheme.Ticket if it
// is waited for, a *scheme.Abort if the transaction is decided against, and
// ErrTwoPhase after a release. Another request takes the place of one that waits.
func (t *Table) Acquire(id scheme.ID, r Resource, m Mode) error {
	return t.ask(t.owner(id), r, m)
}

func (t *Table) ask(o *owner, r Resource, m Mode) error {
	err := t.acquire(o, r, m, nil)
	t.fire()
	return err
}

// askKey is ask for a key, whose item is found once.
func (t *Table) askKey(o *owner, k []byte, m Mode) error {
	i := t.place(k)
	i.asked = true
	err := t.acquire(o, Resource{kind: key, from: i.key}, m, i)
	i.asked = false
	t.clean(i)
	t.fire()
	return err
}

// acquire asks for a resource, whose item is at hand or nil.
func (t *Table) acquire(o *owner, r Resource, m Mode, at *item) error {
	if o.doomed != nil {
		return o.doomed
	}
	if o.waiting != nil {
		if o.waiting.resource == r && o.waiting.mode.Covers(m) {
			return o.waiting.ticket
		}
		t.withdraw(o)
	}
	var space [2]*item
	near := t.near(r, at, space[:0])
	want, enough, upgrade := holding(near, o, r, m)
	if enough {
		return nil
	}
	//parley:rule locking.two-phase.rule locking.per-object.not-enough force=false
	if o.shrinking && !t.options.Short {
		return fmt.Errorf("transaction %d at %v: %w", o.id, r, ErrTwoPhase)
	}
	q := request{
		grant: grant{owner: o, resource: r, mode: want, item: at}, upgrade: upgrade && t.options.Policy == Detect,
		arrival: t.arrivals,
	}
	t.arrivals++
	if blockers := blocking(near, &q); len(blockers) > 0 {
		waiting := q
		waiting.ticket = new(scheme.Ticket)
		return t.wait(&waiting, blockers)
	}
	if t.locks >= t.options.Locks {
		return t.doom(o, &scheme.Abort{Reason: "too many locks", Key: []byte(r.from)})
	}
	t.grant(q.grant)
	return nil
}

// holding looks at what an owner has that overlaps, in the items where that may be:
// which mode it needs, joined with what it holds of the same, whether it holds enough,
// and whether anything.
func holding(near []*item, o *owner, r Resource, m Mode) (want Mode, enough, upgrade bool) {
	want = m
	for _, i := range near {
		for _, g := range i.held {
			if g.owner != o || !g.resource.Overlaps(r) {
				continue
			}
			upgrade = true
			enough = enough || r.within(g.resource) && g.mode.Covers(m)
			if g.resource == r {
				want = want.Join(g.mode)
			}
		}
	}
	return want, enough, upgrade
}

// Release gives up one lock, and begins the transaction's shrinking phase.
func (t *Table) Release(id scheme.ID, r Resource) {
	o := t.owner(id)
	for _, g := range o.held {
		if g.resource == r {
			o.shrinking = true
			t.drop(g)
			t.settle(r)
			break
		}
	}
	t.fire()
}

// Finish tells that a transaction will ask for nothing more, and returns the
// *scheme.Abort if it was decided against before.
func (t *Table) Finish(id scheme.ID) error { return t.finish(t.owner(id)) }

func (t *Table) finish(o *owner) error {
	if o.doomed != nil {
		return o.doomed
	}
	o.final = true
	return nil
}

// Withdraw takes a transaction out of the queue that it waits in, if any.
func (t *Table) Withdraw(id scheme.ID) { t.retreat(t.owner(id)) }

func (t *Table) retreat(o *owner) {
	if o.waiting != nil {
		t.withdraw(o)
	}
	t.fire()
}

// End releases all locks of a transaction and forgets it.
func (t *Table) End(id scheme.ID) {
	o := t.owner(id)
	delete(t.owners, id)
	t.end(o)
}

func (t *Table) end(o *owner) {
	if o.waiting != nil {
		t.withdraw(o)
	}
	held := o.held
	o.held = nil
	var released []Resource
	for _, g := range held {
		if t.waiting > 0 {
			released = append(released, g.resource)
		}
		t.drop(g)
	}
	clear(held)
	*o = owner{held: held[:0]}
	t.spent.owners.Give(o, mostSpare)
	if len(released) > 0 {
		t.settle(released...)
	}
	t.fire()
}

// fire lets go whoever got what it waited for, at the end of a call, as they
// may call the table.
func (t *Table) fire() {
	if len(t.fired) == 0 {
		return
	}
	fired := t.fired
	t.fired = nil
	for _, f := range fired {
		f.Fire()
	}
}
