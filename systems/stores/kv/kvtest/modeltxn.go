package kvtest

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// chosen is which operations of a transaction are executed, and of the
// transactions among them, in order. The state as it was before decides.
type chosen struct {
	succeeded bool
	ops       []kv.Op
	within    []*chosen
}

func (m *model) choose(t *kv.Txn) *chosen {
	c := &chosen{succeeded: true, ops: t.Success}
	for i := range t.Compare {
		c.succeeded = c.succeeded && m.holds(&t.Compare[i])
	}
	if !c.succeeded {
		c.ops = t.Failure
	}
	for _, op := range c.ops {
		if op.Txn != nil {
			c.within = append(c.within, m.choose(op.Txn))
		}
	}
	return c
}

// holds looks at one key.
func (m *model) holds(c *kv.Compare) bool {
	p, exists := m.newest(string(c.Key))
	order := 0
	switch c.Target {
	case kv.CompareVersion:
		order = cmp.Compare(p.Version, c.Number)
	case kv.CompareCreate:
		order = cmp.Compare(int64(p.CreateRevision), c.Number)
	case kv.CompareMod:
		order = cmp.Compare(int64(p.ModRevision), c.Number)
	case kv.CompareLease:
		order = cmp.Compare(int64(p.Lease), c.Number)
	case kv.CompareValue:
		if order = bytes.Compare(p.Value, c.Value); !exists {
			return false
		}
	}
	switch c.Relation {
	case kv.Greater:
		return order > 0
	case kv.Less:
		return order < 0
	case kv.NotEqual:
		return order != 0
	}
	return order == 0
}

func (m *model) transact(t *kv.Txn) (*kv.TxnResult, kv.Refusal) {
	c := m.choose(t)
	if refusal := m.check(c); refusal != 0 {
		return nil, refusal
	}
	if !c.succeeded {
		m.races++
	}
	return m.perform(c), 0
}

// check refuses all of a transaction for what is wrong with a part.
func (m *model) check(c *chosen) (refusal kv.Refusal) {
	within := c.within
	for _, op := range c.ops {
		switch {
		case op.Range != nil && op.Range.Revision > m.rev:
			refusal = kv.ErrFutureRevision
		case op.Range != nil && op.Range.Revision > 0 && op.Range.Revision < m.compacted:
			refusal = kv.ErrCompacted
		case op.Put != nil:
			refusal = m.checkPut(op.Put)
		case op.Txn != nil:
			refusal, within = m.check(within[0]), within[1:]
		}
		if refusal != 0 {
			return refusal
		}
	}
	return 0
}

// perform executes the operations, each of which sees what those before it did.
func (m *model) perform(c *chosen) *kv.TxnResult {
	r, within := &kv.TxnResult{Succeeded: c.succeeded}, c.within
	for _, op := range c.ops {
		var out kv.OpResult
		switch {
		case op.Range != nil:
			out.Range = m.find(op.Range)
		case op.Put != nil:
			out.Put = m.put(op.Put)
		case op.DeleteRange != nil:
			out.DeleteRange = m.deleteRange(op.DeleteRange)
		case op.Txn != nil:
			out.Txn, within = m.perform(within[0]), within[1:]
			m.nested++
		}
		out.Revision = m.head()
		r.Results = append(r.Results, out)
	}
	return r
}

// find answers a Range as far as clients here use it: no bounds on revisions,
// no order but that of the keys.
func (m *model) find(q *kv.Range) *kv.RangeResult {
	r := &kv.RangeResult{Revision: m.head()}
	at := q.Revision
	if at == 0 {
		at = r.Revision
	}
	for _, key := range m.keys(at) {
		if within(key, q.Key, q.RangeEnd) {
			p, _ := m.at(key, at)
			r.KVs = append(r.KVs, p)
		}
	}
	r.Count = int64(len(r.KVs))
	if q.SortOrder == kv.SortDescend {
		slices.Reverse(r.KVs)
	}
	if q.Limit > 0 && r.Count > q.Limit {
		r.KVs, r.More = r.KVs[:q.Limit], true
	}
	if q.CountOnly {
		r.KVs, r.More = nil, false
	}
	for i := range r.KVs {
		if q.KeysOnly {
			r.KVs[i].Value = nil
		}
	}
	return r
}
