package schemetest

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/txn/divided"
)

// apartClient has one transaction under way at a time, and begins it where it likes.
type apartClient struct {
	number, left int
	txn          *divided.Transaction
	record       int // in the history
	busy         bool
}

// begin begins a client's transaction, or begins it again, somewhere.
func (d *parted) begin(c *apartClient) { d.beginAt(d.IntN(len(d.owners)), c) }

func (d *parted) beginAt(coordinator int, c *apartClient) {
	if c.txn == nil {
		c.txn = divided.New(d.draw(), len(d.owners))
		c.txn.Done = func(err error) { d.ended(c, err) }
	}
	c.busy, c.record = true, len(d.history)
	t := isolation.Txn{Process: c.number, Call: d.now, Return: workload.Never}
	d.history = append(d.history, t)
	d.owners[coordinator].Begin(c.txn)
}

// accesses draws reads of lists, and appends of what nobody appends elsewhere.
func (d *parted) accesses() (all []divided.Access) {
	for range 1 + d.IntN(5) {
		a := divided.Access{Key: []byte(name(d.IntN(d.keys)))}
		if d.IntN(2) == 0 {
			d.values++
			a.Kind, a.Value = divided.Append, fmt.Append(nil, d.values, ",")
		}
		all = append(all, a)
	}
	return all
}

// ended records what became of a client's transaction.
func (d *parted) ended(c *apartClient, err error) {
	c.busy = false
	record := &d.history[c.record]
	record.Return, record.Outcome = d.now, workload.OK
	if err != nil {
		record.Outcome = workload.Failed
	}
	for _, p := range c.txn.Parts() {
		for _, a := range p.Accesses {
			record.Accesses = append(record.Accesses, recorded(a)...)
		}
	}
	switch why := reason(err); {
	case why != "":
		d.Marks.Sometimes("aborted: "+why, true)
		c.txn = again(c.txn, &d.values, len(d.owners), func(err error) { d.ended(c, err) })
	case err != nil:
		d.trouble = fmt.Errorf("client %d: %w", c.number, err)
	default:
		c.txn = nil
		c.left--
	}
}

// again returns an aborted transaction with other values, as those of the first try are
// known to have come to nothing.
func again(t *divided.Transaction, values *int, owners int, done func(error)) *divided.Transaction {
	var all []divided.Access
	for _, p := range t.Parts() {
		for _, a := range p.Accesses {
			if a.Found = nil; a.Kind == divided.Append {
				*values++
				a.Value = fmt.Append(nil, *values, ",")
			}
			all = append(all, a)
		}
	}
	n := divided.New(all, owners)
	n.Done = done
	return n
}

// recorded is an access as the judge knows it.
func recorded(a divided.Access) (all []isolation.Access) {
	all = append(all, isolation.Access{Verb: workload.Read, Key: string(a.Key), List: elements(a.Found)})
	if a.Kind == divided.Append {
		all = append(all, isolation.Access{Verb: workload.Append, Key: string(a.Key), Value: strings.TrimSuffix(string(a.Value), ",")})
	}
	return all
}

// elements are those of a list, each of which has a comma behind it.
func elements(value []byte) []string {
	if len(value) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(value), ","), ",")
}
