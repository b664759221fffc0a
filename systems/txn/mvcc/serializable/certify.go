package serializable

import "github.com/parleysystems/parley/systems/txn/scheme"

// Certify implements snapshot.Certifier. The transaction commits unless it would be T2
// of a dangerous structure; as T1 it would have been aborted at a read, and as T3 it
// leaves it to T2.
func (t *Txn) Certify() *scheme.Abort {
	s := t.s
	keys := t.Keys()
	if len(keys) == 0 {
		t.retire()
		return nil
	}
	abort := t.pivot(keys)
	//parley:rule snapshotisolation.weaker.write-skew force=false
	if abort != nil {
		s.stats.Pivots++
		return abort
	}
	s.commits++
	s.clock++
	t.number, t.end, t.keys = s.commits, s.clock, keys
	s.pending = append(s.pending, t)
	for _, u := range s.running {
		if _, read := u.reads.Common(keys); read && u != t {
			u.conflict(t)
		}
	}
	s.remember(t)
	return nil
}

// retire remembers a transaction that wrote nothing.
func (t *Txn) retire() {
	if t.start == 0 || t.safe {
		return
	}
	t.s.clock++
	t.end, t.number = t.s.clock, t.began
	t.s.remember(t)
}

// pivot returns an abort if somebody beside the transaction has read what it is going
// to write, so that it would be a T2.
func (t *Txn) pivot(keys []string) *scheme.Abort {
	if t.out == 0 {
		return nil
	}
	for _, u := range t.s.running {
		if abort := t.between(u, keys); abort != nil {
			return abort
		}
	}
	for _, u := range t.s.ended {
		if abort := t.between(u, keys); abort != nil {
			return abort
		}
	}
	return nil
}

// between returns an abort if the transaction would be a T2 to a T1.
func (t *Txn) between(u *Txn, keys []string) *scheme.Abort {
	if u == t || !u.beside(t) {
		return nil
	}
	key, read := u.reads.Common(keys)
	if !read || !u.first(t.out) {
		return nil
	}
	return &scheme.Abort{Reason: "dangerous structure", Other: u.ID(), Key: []byte(key)}
}

// beside tells whether a transaction runs, or ended when another, which runs, had begun:
// one that wrote ended for those whose snapshots show it.
func (t *Txn) beside(u *Txn) bool {
	return t.end == 0 || t.number > u.began || len(t.keys) == 0 && t.end > u.start
}

// Logged implements snapshot.Certifier.
func (t *Txn) Logged(durable *scheme.Ticket) {
	t.s.logged = t.number
	done := func() {
		t.durable = true
		t.s.settle()
	}
	if durable == nil {
		done()
		return
	}
	durable.Then(done)
}
