package serializable

import (
	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// Txn is a transaction under serializable snapshot isolation.
type Txn struct {
	*snapshot.Txn
	s        *Scheme
	readOnly bool
	doomed   *scheme.Abort
	reads    workspace.Reads
	safe     bool // nothing has to be remembered

	start uint64 // by the clock, when it took its snapshot; 0 before
	began number // its snapshot shows the commits up to here
	out   number // the first commit of those that it has a conflict out to; 0: none

	end     uint64   // by the clock, when it committed; 0 before
	number  number   // of its commit; of one that wrote nothing, the last before
	keys    []string // that it wrote, once it has committed
	durable bool
}

// Began implements snapshot.Certifier.
func (t *Txn) Began() {
	s := t.s
	if t.start == 0 {
		s.clock++
		t.start, t.began = s.clock, s.logged
		if t.readOnly {
			t.began = s.shown
		}
		t.safe = t.readOnly && s.quiet()
		if t.safe {
			s.stats.Safe++
			return
		}
		s.running = append(s.running, t)
	}
}

// quiet tells whether nobody can become a T2 to a reader whose snapshot is taken now:
// nobody who writes runs beside it, or has committed unseen.
func (s *Scheme) quiet() bool {
	for _, t := range s.running {
		if !t.readOnly {
			return false
		}
	}
	return len(s.pending) == 0
}

// Get implements scheme.Txn.
func (t *Txn) Get(key []byte) (value []byte, found bool, err error) {
	if t.doomed != nil {
		return nil, false, t.doomed
	}
	value, found, err = t.Txn.Get(key)
	if err != nil || t.safe || t.Wrote(key) {
		return value, found, err
	}
	t.reads.Key(key)
	writers, _ := t.s.writers.Get(string(key))
	t.missed(writers, key)
	if t.doomed != nil {
		return nil, false, t.doomed
	}
	return value, found, nil
}

// Scan implements scheme.Txn.
func (t *Txn) Scan(r scheme.Range) scheme.Cursor {
	return &cursor{t, t.Walk(r, t.passed)}
}

// cursor ends when the transaction is doomed.
type cursor struct {
	t      *Txn
	cursor scheme.Cursor
}

// Next implements scheme.Cursor.
func (c *cursor) Next() (key, value []byte, found bool, err error) {
	if c.t.doomed == nil {
		key, value, found, err = c.cursor.Next()
	}
	if c.t.doomed != nil {
		return nil, nil, false, c.t.doomed
	}
	return key, value, found, err
}

// passed notes that a range was read.
func (t *Txn) passed(r scheme.Range) {
	if t.safe {
		return
	}
	t.reads.Range(r)
	t.s.writers.Ascend(string(r.From), func(key string, writers []*Txn) bool {
		if !r.Contains([]byte(key)) {
			return false
		}
		t.missed(writers, []byte(key))
		return true
	})
}

// missed notes conflicts out to those who wrote what was read and committed unseen by
// the snapshot. If one of them has a conflict out that makes it a T2 to this T1, it is too
// late to abort that one.
func (t *Txn) missed(writers []*Txn, key []byte) {
	for _, u := range writers {
		if u.number <= t.began {
			continue
		}
		t.conflict(u)
		//parley:rule snapshotisolation.weaker.write-skew force=false
		if t.doomed == nil && t.first(u.out) {
			t.s.stats.Firsts++
			t.doomed = &scheme.Abort{Reason: "dangerous structure", Other: u.ID(), Key: key}
		}
	}
}

// conflict notes a conflict out to a transaction that has committed.
func (t *Txn) conflict(u *Txn) {
	if t.out == 0 || u.number < t.out {
		t.out = u.number
	}
}

// first tells whether the transaction is T1 of a dangerous structure, if it has a
// conflict out to a T2 whose T3 made the given commit.
func (t *Txn) first(third number) bool {
	switch {
	case third == 0:
		return false
	case t.readOnly || t.end > 0 && len(t.keys) == 0:
		return third <= t.began
	case t.end > 0:
		return third <= t.number
	}
	return true
}

// Abort implements scheme.Txn.
func (t *Txn) Abort() error {
	err := t.Txn.Abort()
	if err == nil && t.end == 0 {
		t.s.leave(t)
	}
	return err
}

// Commit implements scheme.Txn.
func (t *Txn) Commit() error {
	if t.doomed != nil {
		return t.doomed
	}
	return t.Txn.Commit()
}
