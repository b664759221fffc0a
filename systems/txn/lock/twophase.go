package lock

import (
	"fmt"

	"github.com/parleysystems/parley/blocks/spare"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// TwoPhase is two-phase locking as a scheme: transactions lock what they read
// and write, and keep every lock until their commit record is in the log, or they are
// undone. What a transaction writes is no one else's (S1), and transactions are
// serializable in the order of their commit records, which is the order of their lock
// points.
//
// Nobody holds a lock while he waits for the disk (early lock release: DeWitt et al.,
// SIGMOD 1984, section 3; Johnson et al., Aether, VLDB 2010, section 3). Who reads what
// is not durable yet has a later commit record, and one who writes nothing waits for the
// log, so that nobody is told of a commit before those that it has read from (S2).
type TwoPhase struct {
	store   scheme.Store
	table   *Table
	options Options
	ages    uint64
	values  spare.Pile[[]byte] // room for what transactions read
	spent   spare.Made[Txn]
}

// NewTwoPhase returns the scheme over a store.
func NewTwoPhase(store scheme.Store, o Options) *TwoPhase {
	return &TwoPhase{store: store, table: New(o), options: o}
}

// Name implements scheme.Scheme.
func (s *TwoPhase) Name() string { return "2pl" }

// Stats returns what the lock table counted.
func (s *TwoPhase) Stats() Stats { return s.table.Stats() }

// Begin implements scheme.Scheme.
func (s *TwoPhase) Begin(o scheme.Options) scheme.Txn {
	s.ages++
	t := s.spent.Take()
	t.s, t.id, t.age, t.readOnly = s, s.store.NewID(), s.ages, o.ReadOnly
	if first, ok := o.Retry.(*Txn); ok {
		t.age = first.age
	}
	t.owner = s.table.begin(t.id, t.age)
	t.value = s.values.Take()
	return t
}

// Reuse implements scheme.Reuser.
func (s *TwoPhase) Reuse(tx scheme.Txn) {
	t, ok := tx.(*Txn)
	if !ok || t.s != s || !t.over {
		return
	}
	if units, ok := s.store.(scheme.Reuser[scheme.Unit]); ok && t.unit != nil {
		units.Reuse(t.unit)
	}
	*t = Txn{}
	s.spent.Give(t, mostValues)
}

// Txn is a transaction under two-phase locking.
type Txn struct {
	s         *TwoPhase
	id        scheme.ID
	age       uint64
	owner     *owner // in the table, until its locks are released
	readOnly  bool
	announced Mode           // the intention above that it holds; 0 if none
	unit      scheme.Unit    // from the first write on
	prepared  bool           // it has promised to ask for nothing more
	committed bool           // Commit was called, and found that it may
	released  bool           // it has no locks any more
	wait      *scheme.Ticket // of one that wrote nothing, for what it has read
	over      bool
	value     []byte // that was read last
}

// ID returns the number by which locks know the transaction.
func (t *Txn) ID() scheme.ID { return t.id }

// lock acquires a lock on a key, and before it the intention above.
func (t *Txn) lock(key []byte, m Mode) error {
	if err := t.announce(m); err != nil || t.s.options.Global {
		return err
	}
	return t.s.table.askKey(t.owner, key, m)
}

// lockRange is lock for a range.
func (t *Txn) lockRange(r scheme.Range, m Mode) error {
	if err := t.announce(m); err != nil || t.s.options.Global {
		return err
	}
	return t.s.table.ask(t.owner, Range(r), m)
}

// announce acquires the intention to lock something in a mode, or the lock on all.
func (t *Txn) announce(m Mode) error {
	if t.over || t.committed || t.prepared {
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	}
	if t.s.options.Global {
		return t.lockAll()
	}
	intent := IntentShared
	if m == Exclusive || m == Update {
		intent = IntentExclusive
	}
	if t.announced.Covers(intent) {
		return nil
	}
	err := t.s.table.ask(t.owner, Database(), intent)
	if err == nil {
		t.announced = intent
	}
	return err
}

// lockAll locks the database, at once in the mode that will do until the end.
func (t *Txn) lockAll() error {
	if t.readOnly {
		return t.s.table.ask(t.owner, Database(), Shared)
	}
	return t.s.table.ask(t.owner, Database(), Exclusive)
}

// Get implements scheme.Txn. The lock is on the key, there or not.
func (t *Txn) Get(key []byte) (value []byte, found bool, err error) {
	if err := t.lock(key, Shared); err != nil {
		return nil, false, err
	}
	return t.read(key)
}

// read reads what is locked. Other transactions may call the store before the
// caller is through with the value, so it is a copy.
func (t *Txn) read(key []byte) (value []byte, found bool, err error) {
	value, found, err = t.s.store.Get(key)
	t.value = append(t.value[:0], value...)
	return t.value, found, err
}

// GetForUpdate is Get by a transaction that is going to write the key. Of two
// that do so the second waits, where Get would have one of them aborted.
func (t *Txn) GetForUpdate(key []byte) (value []byte, found bool, err error) {
	if err := t.lock(key, Update); err != nil {
		return nil, false, err
	}
	return t.read(key)
}

// write returns the unit, once the transaction may write the key.
func (t *Txn) write(key, value []byte) (scheme.Unit, error) {
	if t.readOnly {
		return nil, fmt.Errorf("transaction %d, key %q: %w", t.id, key, scheme.ErrReadOnly)
	}
	if err := t.s.store.Check(key, value); err != nil {
		return nil, err
	}
	if err := t.lock(key, Exclusive); err != nil {
		return nil, err
	}
	return t.begun(), nil
}

func (t *Txn) begun() scheme.Unit {
	if t.unit == nil {
		t.unit = t.s.store.Begin()
	}
	return t.unit
}

// Put implements scheme.Txn.
func (t *Txn) Put(key, value []byte) error {
	unit, err := t.write(key, value)
	if err != nil {
		return err
	}
	return unit.Put(key, value)
}

// Delete implements scheme.Txn.
func (t *Txn) Delete(key []byte) error {
	unit, err := t.write(key, nil)
	if err != nil {
		return err
	}
	return unit.Delete(key)
}

// Savepoint returns the present state of the transaction.
func (t *Txn) Savepoint() (scheme.Savepoint, error) {
	if t.over || t.committed {
		return 0, fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	}
	return t.begun().Savepoint(), nil
}

// RollbackTo undoes what the transaction did since the savepoint. It keeps the
// locks: what it read is still known to the program.
func (t *Txn) RollbackTo(p scheme.Savepoint) error {
	if t.over || t.committed {
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	}
	return t.begun().RollbackTo(p)
}

// Prepare implements scheme.Voter: what is locked stays so until the decision, and
// nobody can wound who has promised to ask for nothing more.
func (t *Txn) Prepare() error {
	if t.over || t.committed {
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	}
	err := t.s.table.finish(t.owner)
	t.prepared = err == nil
	return err
}

// Commit implements scheme.Txn.
func (t *Txn) Commit() error {
	if t.over {
		return fmt.Errorf("transaction %d: %w", t.id, scheme.ErrEnded)
	}
	if !t.committed {
		if err := t.s.table.finish(t.owner); err != nil {
			return err
		}
		t.committed = true
		if t.unit == nil {
			t.wait = t.s.store.Force()
			t.release()
		}
	}
	if t.unit != nil {
		err := t.unit.Commit()
		if _, waits := scheme.Waiting(err); err == nil || waits {
			t.release()
		}
		if err != nil {
			return err
		}
	}
	if t.wait != nil && !t.wait.Fired() {
		return t.wait
	}
	t.over = true
	return nil
}

// Committed tells whether Commit would return nil. Whoever knows that the ticket of
// Commit has fired may ask without being the owner.
func (t *Txn) Committed() bool {
	u, ok := t.unit.(interface{ Committed() bool })
	return ok && t.released && u.Committed()
}

// Abort implements scheme.Txn.
func (t *Txn) Abort() error {
	if t.over {
		return nil
	}
	if !t.released {
		t.s.table.retreat(t.owner)
	}
	//parley:rule schedule.tx.all-or-nothing-multi-object schedule.acid.consistency-is-the-applications schedule.techniques.who-gives-what force=false
	if t.unit != nil {
		if err := t.unit.Rollback(); err != nil {
			return err
		}
	}
	t.release()
	t.over = true
	return nil
}

// release gives the locks up: what was done has its commit record in the log, or is
// undone (S3).
func (t *Txn) release() {
	if !t.released {
		t.released = true
		if c := cap(t.value); c > 0 && c <= valueBytes {
			t.s.values.Give(t.value, mostValues)
			t.value = nil
		}
		t.s.table.end(t.owner)
	}
}

// mostValues bounds how many rooms for values, and spent transactions, are kept for later,
// valueBytes the size of such a room.
const (
	mostValues = 64
	valueBytes = 4 << 10
)
