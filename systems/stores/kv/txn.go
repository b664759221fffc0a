package kv

import (
	"bytes"
	"cmp"
)

// applyTxn executes a Txn in three passes, so that it changes all or nothing:
// the branches are chosen by the state as it was before, then every operation
// of them is checked, and only then does the first change anything.
func (s *Store) applyTxn(t *Txn, r *Result) Refusal {
	if refusal := t.check(MaxTxnOps, MaxTxnDepth); refusal != 0 {
		return refusal
	}
	if t.overlaps() {
		return ErrDuplicateKey
	}
	path := s.choose(t, nil)
	if refusal, _ := s.checkBranch(t, path); refusal != 0 {
		return refusal
	}
	r.Txn, _ = s.execute(t, path)
	return 0
}

// readOnlyTxn executes a Txn that only reads.
func (s *Store) readOnlyTxn(t *Txn) *Result {
	r := &Result{Revision: s.rev}
	if !t.ReadOnly() {
		r.Err = ErrMalformed
		return r
	}
	r.Err = s.applyTxn(t, r)
	return r
}

// ReadOnly tells whether no branch of t changes anything.
func (t *Txn) ReadOnly() bool { return readOnly(t.Success) && readOnly(t.Failure) }

func readOnly(ops []Op) bool {
	for i := range ops {
		op := &ops[i]
		if op.Put != nil || op.DeleteRange != nil || op.Txn != nil && !op.Txn.ReadOnly() {
			return false
		}
	}
	return true
}

// check refuses what is wrong in any state.
func (t *Txn) check(most, depth int) Refusal {
	n := max(len(t.Compare), len(t.Success), len(t.Failure))
	if n > most || depth == 0 {
		return ErrTooManyOps
	}
	for i := range t.Compare {
		c := &t.Compare[i]
		if len(c.Key) == 0 {
			return ErrEmptyKey
		}
		if c.Target > CompareLease || c.Relation > NotEqual {
			return ErrMalformed
		}
	}
	if refusal := checkOps(t.Success, most-n, depth); refusal != 0 {
		return refusal
	}
	return checkOps(t.Failure, most-n, depth)
}

func checkOps(ops []Op, most, depth int) Refusal {
	for i := range ops {
		var refusal Refusal
		switch op := &ops[i]; {
		case op.fields() != 1:
			refusal = ErrMalformed
		case op.DeleteRange != nil && len(op.DeleteRange.Key) == 0:
			refusal = ErrEmptyKey
		case op.Txn != nil:
			refusal = op.Txn.check(most, depth-1)
		}
		if refusal != 0 {
			return refusal
		}
	}
	return 0
}

// fields counts what is set of a union.
func (op *Op) fields() (n int) {
	for _, set := range [...]bool{op.Range != nil, op.Put != nil, op.DeleteRange != nil, op.Txn != nil} {
		if set {
			n++
		}
	}
	return n
}

// choose evaluates the comparisons of t, and of the transactions within the
// branch that they select, in depth-first order.
func (s *Store) choose(t *Txn, path []bool) []bool {
	holds := s.holds(t.Compare)
	path = append(path, holds)
	for _, op := range t.branch(holds) {
		if op.Txn != nil {
			path = s.choose(op.Txn, path)
		}
	}
	return path
}

func (t *Txn) branch(holds bool) []Op {
	if holds {
		return t.Success
	}
	return t.Failure
}

// checkBranch tells whether all operations on the path will succeed. It returns
// the path behind t.
func (s *Store) checkBranch(t *Txn, path []bool) (Refusal, []bool) {
	ops, path := t.branch(path[0]), path[1:]
	for i := range ops {
		var refusal Refusal
		switch op := &ops[i]; {
		case op.Range != nil:
			refusal = s.checkRange(op.Range, s.rev)
		case op.Put != nil:
			refusal = s.checkPut(op.Put)
		case op.Txn != nil:
			refusal, path = s.checkBranch(op.Txn, path)
		}
		if refusal != 0 {
			return refusal, nil
		}
	}
	return 0, path
}

// execute runs the operations on the path and returns the path behind t.
func (s *Store) execute(t *Txn, path []bool) (*TxnResult, []bool) {
	r := &TxnResult{Succeeded: path[0]}
	ops, path := t.branch(path[0]), path[1:]
	r.Results = make([]OpResult, len(ops))
	for i := range ops {
		out := &r.Results[i]
		switch op := &ops[i]; {
		case op.Range != nil:
			found := s.read(op.Range, s.head())
			out.Range = &found
		case op.Put != nil:
			out.Put = s.put(op.Put)
		case op.DeleteRange != nil:
			out.DeleteRange = s.deleteRange(op.DeleteRange)
		case op.Txn != nil:
			out.Txn, path = s.execute(op.Txn, path)
		}
		out.Revision = s.head()
	}
	return r, path
}

// holds tells whether all comparisons hold.
func (s *Store) holds(compares []Compare) bool {
	for i := range compares {
		if !s.compare(&compares[i]) {
			return false
		}
	}
	return true
}

func (s *Store) compare(c *Compare) bool {
	keys := newInterval(c.Key, c.RangeEnd)
	found, holds := false, true
	s.visit(&keys, s.rev, s.rev, func(v version) bool {
		f := v.fields()
		found, holds = true, c.accepts(&f)
		return holds
	})
	if found {
		return holds
	}
	return c.Target != CompareValue && c.accepts(&fields{})
}

func (c *Compare) accepts(f *fields) bool {
	var order int
	switch c.Target {
	case CompareVersion:
		order = cmp.Compare(f.count, c.Number)
	case CompareCreate:
		order = cmp.Compare(int64(f.create), c.Number)
	case CompareMod:
		order = cmp.Compare(int64(f.main), c.Number)
	case CompareValue:
		order = bytes.Compare(view(f.value), c.Value)
	case CompareLease:
		order = cmp.Compare(int64(f.lease), c.Number)
	}
	switch c.Relation {
	case Equal:
		return order == 0
	case Greater:
		return order > 0
	case Less:
		return order < 0
	}
	return order != 0
}
