package schemetest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Modes asks what a lock manager grants.
var Modes = scheduletest.Question{
	System: "locking", Name: "modes",
	Text: `What does a lock manager grant? Up to eight transactions ask for shared, update and exclusive locks on
three keys, in an order that the seed draws. Readers hold locks together, a writer holds its alone, a reader that
is alone becomes a writer, and who waits is not overtaken by somebody who came later and would be in its way,
unless that one holds a lock on the key already. In the end all have had their turn.`,
	Canon: []string{"locking.modes.shared-exclusive"},
	Sometimes: []string{
		"two read together", "a writer waited", "a reader became a writer", "a later one went ahead with a lock in its hand",
	},
	Ask: func(r *scheduletest.Run) error {
		for range 20 {
			c := &counter{Run: r, table: lock.New(lock.Options{Policy: lock.Policies()[r.IntN(4)]})}
			if err := c.serve(); err != nil {
				return err
			}
		}
		return nil
	},
}.Register()

// counter is where transactions ask for locks.
type counter struct {
	*scheduletest.Run
	table   *lock.Table
	here    []*customer
	arrived int
	served  scheme.ID
}

// customer is a transaction.
type customer struct {
	id      scheme.ID
	holds   map[string]lock.Mode
	key     string // what it waits for, if ticket is set
	mode    lock.Mode
	arrival int
	ticket  *scheme.Ticket
}

// serve lets transactions come, ask and go, and then only go.
func (c *counter) serve() error {
	for step := 0; step < 80 || len(c.here) > 0; step++ {
		if step < 60 && len(c.here) < 8 && c.IntN(3) == 0 {
			c.served++
			c.table.Begin(c.served, uint64(c.served))
			c.here = append(c.here, &customer{id: c.served, holds: map[string]lock.Mode{}})
		}
		if err := c.collect(); err != nil {
			return err
		}
		ready := c.ready()
		if len(ready) == 0 {
			if len(c.here) > 0 {
				return fmt.Errorf("%d transactions wait, and nobody is left to let them go on", len(c.here))
			}
			continue
		}
		if err := c.turn(ready[c.IntN(len(ready))], step >= 60); err != nil {
			return err
		}
	}
	return nil
}

func (c *counter) ready() (ready []int) {
	for i, p := range c.here {
		if p.ticket == nil {
			ready = append(ready, i)
		}
	}
	return ready
}

// turn lets one transaction ask, or go.
func (c *counter) turn(i int, leave bool) error {
	p := c.here[i]
	if leave || c.IntN(6) == 0 {
		c.leave(i)
		return nil
	}
	p.key, p.mode = []string{"a", "b", "c"}[c.IntN(3)], []lock.Mode{lock.Shared, lock.Shared, lock.Update, lock.Exclusive}[c.IntN(4)]
	p.arrival = c.arrived
	c.arrived++
	return c.ask(p)
}

func (c *counter) leave(i int) {
	c.table.End(c.here[i].id)
	c.here = append(c.here[:i:i], c.here[i+1:]...)
}

// ask asks for what a transaction wants, or asks again.
func (c *counter) ask(p *customer) error {
	err := c.table.Acquire(p.id, lock.Key([]byte(p.key)), p.mode)
	c.Say(p.id, p.key, p.mode, err)
	ticket, waits := scheme.Waiting(err)
	p.ticket = ticket
	switch {
	case waits:
		c.Marks.Sometimes("a writer waited", p.mode == lock.Exclusive)
		return nil
	case err == nil:
		return c.granted(p)
	}
	for i, q := range c.here {
		if q == p {
			c.leave(i)
			break
		}
	}
	return nil
}

// collect lets those ask again whose tickets have fired, until there are none.
func (c *counter) collect() error {
	for again := true; again; {
		again = false
		for _, p := range c.here {
			if p.ticket != nil && p.ticket.Fired() {
				again = true
				if err := c.ask(p); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

// granted checks a lock against those of the others, and against those who wait.
func (c *counter) granted(p *customer) error {
	had := p.holds[p.key]
	c.Marks.Sometimes("a reader became a writer", had == lock.Shared && p.mode == lock.Exclusive)
	if had == 0 || !had.Covers(p.mode) {
		p.holds[p.key] = p.mode
	}
	for _, q := range c.here {
		other := q.holds[p.key]
		if q == p {
			continue
		}
		if other == lock.Exclusive || other != 0 && p.mode == lock.Exclusive {
			return fmt.Errorf("%d has %v on %s while %d has %v", p.id, p.mode, p.key, q.id, other)
		}
		c.Marks.Sometimes("two read together", other == lock.Shared && p.mode == lock.Shared)
		waits := q.ticket != nil && !q.ticket.Fired() && q.key == p.key && q.arrival < p.arrival
		if overtakes := waits && (p.mode == lock.Exclusive || q.mode == lock.Exclusive); overtakes {
			c.Marks.Sometimes("a later one went ahead with a lock in its hand", had != 0 && !had.Covers(p.mode))
			if had == 0 {
				return fmt.Errorf("%d got %v on %s ahead of %d, who waits for %v", p.id, p.mode, p.key, q.id, q.mode)
			}
		}
	}
	return nil
}
