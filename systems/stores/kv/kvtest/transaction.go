package kvtest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// adorn puts into a branch of a transaction, beside the operation that it is
// for, what a client may want on the way: reads that see what the operations
// before them did and not what those behind them do, a change of keys that no
// history is kept of, and a transaction within. Half of them stay as they are.
func (c *client) adorn(op kv.Op) []kv.Op {
	ops := []kv.Op{op}
	if c.rand.IntN(2) == 0 {
		return ops
	}
	ops = []kv.Op{{Range: c.look("k", "l")}, op, {Range: c.look("k", "l")}}
	switch c.rand.IntN(4) {
	case 0:
		ops = append(ops, c.sideways(), kv.Op{Range: c.look("side/", "side0")})
	case 1:
		ops = append([]kv.Op{c.sideways()}, ops...)
	case 2:
		ops = append(ops, kv.Op{Txn: c.nested()}, kv.Op{Range: c.look("side/", "side0")})
	}
	return ops
}

// look reads an interval, in one of the ways that there are.
func (c *client) look(from, to string) *kv.Range {
	q := &kv.Range{Key: []byte(from), RangeEnd: []byte(to)}
	switch c.rand.IntN(8) {
	case 0:
		q.Limit = 1 + c.rand.Int64N(2)
	case 1:
		q.CountOnly = true
	case 2:
		q.KeysOnly, q.SortOrder = true, kv.SortDescend
	case 3:
		q.SortOrder, q.Limit = kv.SortDescend, 1
	case 4:
		q.Revision = c.past()
	}
	return q
}

// past is a revision that the client has read something of, or 0.
func (c *client) past() kv.Revision {
	return c.seen[fmt.Sprint("k", c.rand.IntN(max(c.load.Mix.Keys, 1)))].ModRevision
}

const sides = 3

func (c *client) side() []byte { return fmt.Appendf(nil, "side/%d", c.rand.IntN(sides)) }

// sideways changes keys of which no history is kept.
func (c *client) sideways() kv.Op {
	prev := c.rand.IntN(2) == 0
	switch c.rand.IntN(4) {
	case 0:
		return kv.Op{DeleteRange: &kv.DeleteRange{Key: []byte("side/"), RangeEnd: []byte("side0"), PrevKV: prev}}
	case 1:
		return kv.Op{DeleteRange: &kv.DeleteRange{Key: c.side(), PrevKV: prev}}
	}
	return kv.Op{Put: &kv.Put{Key: c.side(), Value: fmt.Appendf(nil, "side %d", c.rand.IntN(3)), PrevKV: prev}}
}

// nested is a transaction within another, with a condition of any sort.
func (c *client) nested() *kv.Txn {
	t := &kv.Txn{Compare: []kv.Compare{{
		Key:      c.side(),
		Target:   kv.CompareTarget(c.rand.IntN(int(kv.CompareLease) + 1)),
		Relation: kv.Relation(c.rand.IntN(int(kv.NotEqual) + 1)),
		Number:   c.rand.Int64N(4),
	}}}
	if t.Compare[0].Target == kv.CompareValue {
		t.Compare[0].Number, t.Compare[0].Value = 0, fmt.Appendf(nil, "side %d", c.rand.IntN(3))
	}
	t.Success = []kv.Op{c.sideways(), {Range: c.look("side/", "side0")}}
	t.Failure = []kv.Op{{Range: c.look("k", "l")}, c.sideways()}
	return t
}
