package kv

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
