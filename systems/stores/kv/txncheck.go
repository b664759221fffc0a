package kv

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

// checkBranch tells whether all operations on the path will succeed. It returns
// the path behind t.
func (s *Store) checkBranch(t *Txn, path []bool) (Refusal, []bool) {
	ops, path := t.branch(path[0]), path[1:]
	for i := range ops {
		var refusal Refusal
		switch op := &ops[i]; {
		case op.Range != nil && op.Range.Revision < 0 && s.compacted >= 0:
			refusal = ErrCompacted // only within a transaction, like etcd
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
