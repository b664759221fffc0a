package mvcc

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// phase is how far a transaction is.
type phase uint8

const (
	modify   phase = iota
	prepared       // others decide
	commit         // its versions go to the store
	logged         // the store knows of its commit
	over
)

// Txn is a transaction under timestamp ordering.
type Txn struct {
	s        *Scheme
	id       scheme.ID
	ts       Timestamp
	readOnly bool
	phase    phase
	doomed   *scheme.Abort
	ranges   workspace.Reads // that it has scanned
	lists
	placed  int              // how many of them are done with
	settled *scheme.Ticket   // what readers of its versions wait for
	unit    scheme.Unit      // from the first change of the store on
	wait    *scheme.Ticket   // for what it has read to be durable
	behind  bool             // the horizon
	spent   bool             // nobody but the scheme looks at it
	nothing workspace.Writes // own writes are versions, not copies
}

// write is a version that a transaction made.
type write struct {
	object  *object
	version *version
}

// Timestamp returns TS(T).
func (t *Txn) Timestamp() Timestamp { return t.ts }

// gone tells whether the transaction reads and writes nothing any more.
func (t *Txn) gone() bool { return t.phase == over || t.doomed != nil }

func (t *Txn) usable() error {
	if t.doomed != nil {
		return t.doomed
	}
	if t.phase != modify {
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	}
	return nil
}

// Get implements scheme.Txn.
func (t *Txn) Get(key []byte) (value []byte, found bool, err error) {
	if err := t.usable(); err != nil {
		return nil, false, err
	}
	if err := t.s.room(t); err != nil {
		return nil, false, err
	}
	o, err := t.s.object(key)
	if err != nil {
		return nil, false, err
	}
	t.touch(o)
	v, err := t.read(o)
	if err != nil {
		return nil, false, err
	}
	//parley:rule mvcc.read.rule force=false
	if v.readTS < t.ts {
		v.readTS = t.ts
	}
	t.value = append(t.value[:0], v.value...)
	return t.value, v.there, nil
}

// touch sees to it that an object is looked at when the transaction is behind the
// horizon.
func (t *Txn) touch(o *object) {
	if n := len(t.touched); n == 0 || t.touched[n-1] != o {
		t.touched = append(t.touched, o)
	}
}

// read is the read rule, but for ReadTS.
func (t *Txn) read(o *object) (*version, error) {
	i := o.at(t.ts)
	if i < 0 {
		return nil, errGone([]byte(o.key))
	}
	v := o.versions[i]
	if v.by != nil && v.by != t {
		t.s.stats.Waited++
		return nil, v.by.outcome()
	}
	return v, nil
}

// outcome returns the ticket that fires once the transaction's versions are
// committed, or gone.
func (t *Txn) outcome() *scheme.Ticket {
	if t.settled == nil {
		t.settled = new(scheme.Ticket)
	}
	return t.settled
}

// Scan implements scheme.Txn.
func (t *Txn) Scan(r scheme.Range) scheme.Cursor { return workspace.Scan(r, (*view)(t), &t.nothing) }

// view is the versions of a transaction's time.
type view Txn

// Passed implements workspace.View. The range stands for a ReadTS of all that it
// covers.
func (v *view) Passed(r scheme.Range) { v.ranges.Range(r) }

// Seek implements workspace.View: of an object that somebody has written its versions
// decide, of others the store.
func (v *view) Seek(r scheme.Range) (key, value []byte, found bool, err error) {
	t := (*Txn)(v)
	if err := t.usable(); err != nil {
		return nil, nil, false, err
	}
	for {
		key, value, found, err = t.s.store.Seek(r)
		if err != nil {
			return nil, nil, false, err
		}
		known, ok := workspace.Seek(t.s.order(), r)
		if !ok || found && known != string(key) && (known < string(key)) == r.Reverse {
			return key, value, found, nil
		}
		o, _ := t.s.written.Get(known)
		version, err := t.read(o)
		if err != nil {
			return nil, nil, false, err
		}
		if version.there {
			return []byte(known), version.value, true, nil
		}
		if r.Reverse {
			r.To = []byte(known)
		} else {
			r.From = workspace.After([]byte(known))
		}
	}
}

// Put implements scheme.Txn.
func (t *Txn) Put(key, value []byte) error { return t.change(key, value, true) }

// Delete implements scheme.Txn.
func (t *Txn) Delete(key []byte) error { return t.change(key, nil, false) }

func (t *Txn) change(key, value []byte, there bool) error {
	if err := t.usable(); err != nil {
		return err
	}
	if t.readOnly {
		return fmt.Errorf("transaction %d, key %q: %w", t.id, key, scheme.ErrReadOnly)
	}
	if err := t.s.store.Check(key, value); err != nil {
		return err
	}
	if err := t.s.room(t); err != nil {
		return err
	}
	o, err := t.s.object(key)
	if err != nil {
		return err
	}
	t.touch(o)
	return t.write(o, value, there)
}

// write is the write rule.
func (t *Txn) write(o *object, value []byte, there bool) error {
	i := o.at(t.ts)
	if i < 0 {
		return errGone([]byte(o.key))
	}
	v := o.versions[i]
	if v.by == t {
		t.s.memory += len(value) - len(v.value)
		v.value, v.there = append(v.value[:0], value...), there
		return nil
	}
	younger := t.missed(o, i)
	//parley:rule mvcc.write.rule schedule.isolation.before-or-after force=false
	if younger {
		t.s.stats.TooLate++
		return &scheme.Abort{Reason: "write too late", Key: []byte(o.key)}
	}
	v = t.s.spent.version(value, there)
	v.writeTS, v.readTS, v.by = t.ts, t.ts, t
	t.s.insert(o, i, v)
	t.written = append(t.written, write{o, v})
	return nil
}

// missed tells whether somebody younger has read the version at a position, by its
// key or in a range that it scanned, and so would have missed what is written.
func (t *Txn) missed(o *object, i int) bool {
	if o.versions[i].readTS > t.ts {
		return true
	}
	for n := len(t.s.window) - 1; n >= 0 && t.s.window[n].ts > t.ts; n-- {
		u := t.s.window[n]
		another := i+1 < len(o.versions) && u.ts >= o.versions[i+1].writeTS // is what it reads
		if !another && u.ranges.Covers(o.key) {
			return true
		}
	}
	return false
}
