package kv

// footprint is what a list of operations may change.
type footprint struct {
	puts    map[string]struct{} // looked up, never ranged over
	order   []string            // the puts once more
	deletes []interval
}

// overlaps tells whether one execution of t might change a key twice: two puts,
// or a put and a delete. Branches that exclude each other may share keys.
func (t *Txn) overlaps() bool {
	return listOverlaps(t.Success) || listOverlaps(t.Failure)
}

func listOverlaps(ops []Op) bool {
	if changes := countChanges(ops); changes < 2 {
		return false
	}
	_, ok := newFootprint(ops)
	return !ok
}

// countChanges counts operations that may change something.
func countChanges(ops []Op) (n int) {
	for i := range ops {
		switch op := &ops[i]; {
		case op.Put != nil, op.DeleteRange != nil:
			n++
		case op.Txn != nil:
			n += countChanges(op.Txn.Success) + countChanges(op.Txn.Failure)
		}
	}
	return n
}

// newFootprint returns false if the operations overlap.
func newFootprint(ops []Op) (*footprint, bool) {
	all := &footprint{puts: make(map[string]struct{})}
	for i := range ops {
		op := &ops[i]
		one := &footprint{}
		switch {
		case op.Put != nil:
			one.order = []string{string(op.Put.Key)}
		case op.DeleteRange != nil:
			one.deletes = []interval{newInterval(op.DeleteRange.Key, op.DeleteRange.RangeEnd)}
		case op.Txn != nil:
			var ok bool
			if one, ok = branches(op.Txn); !ok {
				return nil, false
			}
		}
		if all.meets(one) {
			return nil, false
		}
		all.merge(one)
	}
	return all, true
}

// branches returns what either branch of t may change.
func branches(t *Txn) (*footprint, bool) {
	either, ok := newFootprint(t.Success)
	if !ok {
		return nil, false
	}
	other, ok := newFootprint(t.Failure)
	if !ok {
		return nil, false
	}
	either.merge(other)
	return either, true
}

// meets tells whether a put of one side touches a change of the other. Deletes
// may meet: the second finds nothing left.
func (f *footprint) meets(g *footprint) bool {
	for _, key := range g.order {
		if _, twice := f.puts[key]; twice || f.deletesKey(key) {
			return true
		}
	}
	for _, key := range f.order {
		if g.deletesKey(key) {
			return true
		}
	}
	return false
}

func (f *footprint) deletesKey(key string) bool {
	for i := range f.deletes {
		if f.deletes[i].contains(key) {
			return true
		}
	}
	return false
}

func (f *footprint) merge(g *footprint) {
	for _, key := range g.order {
		if _, known := f.puts[key]; !known {
			f.puts[key] = struct{}{}
			f.order = append(f.order, key)
		}
	}
	f.deletes = append(f.deletes, g.deletes...)
}
