package aries

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Host is what the manager needs of its surroundings; node.Env has it.
type Host interface {
	pool.Host
	// Log returns a stream of the host's write-ahead log.
	Log(stream string) node.Log
	// Durable runs done once all that was appended so far is durable.
	Durable(done func())
}

// Undoer undoes what is not bound to a page: the tree knows where a key is now.
// Either method changes pages by Manager.Write(t, as, ...) in one record, or
// returns a ticket before it has changed any.
type Undoer interface {
	UndoKey(t *Txn, as As, c *Change) error
	UndoChain(t *Txn, as As, id page.ID) error
}

// State is a transaction's, as the transaction table has it.
type State uint8

// The states of a transaction.
const (
	Running    State = iota
	Committing       // its commit record is in the log
	Aborting         // it rolls back
	Ended
)

func (s State) String() string { return [...]string{"running", "committing", "aborting", "ended"}[s] }

// Txn is a row of the transaction table.
type Txn struct {
	ID       TxnID
	State    State
	First    node.LSN // 0 while it has logged nothing
	Last     node.LSN // lastLSN
	UndoNext node.LSN // what a rollback would undo next

	frees   []pending // chains to give back once it has committed
	freeing progress
	durable bool // its commit record is
}

// pending is a chain that goes if its transaction commits.
type pending struct {
	lsn   node.LSN // of the record that cut it off
	first page.ID
}

// Manager keeps the transaction table, writes the log, rolls back and recovers.
// It has one owner.
type Manager struct {
	host   Host
	log    node.Log
	pool   *pool.Pool
	undoer Undoer
	master *Master

	table   map[TxnID]*Txn
	nextID  TxnID
	last    node.LSN // last record appended
	durable node.LSN // known to be
	bytes   uint64   // appended
	forced  uint64   // of them, known to be durable
	buf     []byte
	point   checkpointing
	restart restart
	stats   Stats
	holds   map[int]node.LSN
	holdID  int
}

// Stats count what a manager did.
type Stats struct {
	Records, Compensations uint64
	Commits, Rollbacks     uint64
	Checkpoints            uint64
	Recovery               Recovery
}

// NewManager returns a manager on a log that begins where the master record says.
// SetPool and SetUndoer come before anything else.
func NewManager(host Host, master *Master) *Manager {
	m := &Manager{host: host, master: master, table: map[TxnID]*Txn{}, nextID: 1, holds: map[int]node.LSN{}}
	m.log = based{host.Log(Stream), master.Base}
	m.last = m.log.Next() - 1
	m.durable = m.last // what a log has when it is opened is durable
	return m
}

// Stream is the name of the log's stream.
const Stream = "engine"

// Join hands over the pool and the tree, which need the manager themselves.
func (m *Manager) Join(p *pool.Pool, u Undoer) { m.pool, m.undoer = p, u }

// Log returns the log, for tools that look at it.
func (m *Manager) Log() node.Log { return m.log }

// Last returns the number of the last record.
func (m *Manager) Last() node.LSN { return m.last }

// Durable returns the number of the last record known to be durable.
func (m *Manager) Durable() node.LSN { return m.durable }

// WhenDurable calls done once all records appended so far are durable.
func (m *Manager) WhenDurable(done func()) {
	lsn, bytes := m.last, m.bytes
	m.host.Durable(func() {
		m.durable = max(m.durable, lsn)
		m.forced = max(m.forced, bytes)
		done()
	})
}

// Stats returns what the manager did so far.
func (m *Manager) Stats() Stats { return m.stats }

// NewID returns a number for a transaction.
func (m *Manager) NewID() TxnID {
	id := m.nextID
	m.nextID++
	return id
}

// Begin returns a transaction. It enters the table with its first record.
func (m *Manager) Begin(id TxnID) *Txn { return &Txn{ID: id} }

// Open returns the transactions of the table, sorted.
func (m *Manager) Open() []*Txn {
	all := make([]*Txn, 0, len(m.table))
	for _, t := range m.table {
		all = append(all, t)
	}
	//parley:noties no two transactions share a number
	slices.SortFunc(all, func(a, b *Txn) int { return int(int64(a.ID) - int64(b.ID)) })
	return all
}

// As says how a change is logged.
type As struct {
	Undo     Undo
	CLR      bool     // as a compensation
	UndoNext node.LSN // of that
}

// Write logs changes as one record of a transaction and carries them out. The
// frames of the changes hold their pages.
func (m *Manager) Write(t *Txn, as As, changes ...Change) node.LSN {
	r := Record{Kind: Update, Txn: t.ID, Undo: as.Undo, Changes: changes}
	if as.CLR {
		r.Kind, r.Undo, r.UndoNext = Compensation, RedoOnly, as.UndoNext
		m.stats.Compensations++
	}
	return m.write(t, &r)
}

func (m *Manager) write(t *Txn, r *Record) node.LSN {
	if t.State == Ended {
		panic(fmt.Sprintf("aries: %v of transaction %d, which is at an end", r.Kind, t.ID))
	}
	lsn := m.append(t, r)
	for i := range r.Changes {
		c := &r.Changes[i]
		c.apply(c.Frame.Page)
		m.pool.Changed(c.Frame, lsn)
	}
	return lsn
}

// append logs a record of a transaction.
func (m *Manager) append(t *Txn, r *Record) node.LSN {
	r.Prev = t.Last
	m.buf = r.append(m.buf[:0])
	r.LSN = m.log.Append(m.buf)
	m.last = r.LSN
	m.bytes += uint64(len(m.buf))
	m.stats.Records++
	m.enter(t, r)
	return r.LSN
}

// enter brings a transaction's row up to date with a record of its own: the same
// when it is written as when analysis finds it.
func (m *Manager) enter(t *Txn, r *Record) {
	if t.First == 0 {
		t.First = r.LSN
		m.table[t.ID] = t
	}
	t.Last = r.LSN
	switch r.Kind {
	case Update:
		t.UndoNext = r.LSN
	case Compensation:
		t.UndoNext = r.UndoNext
	case Commit:
		t.State = Committing
	case Abort:
		t.State = Aborting
	case End:
		t.State = Ended
		delete(m.table, t.ID)
	}
}

// Defer notes that the record lsn has cut off a chain, which is given back if the
// transaction commits.
func (t *Txn) Defer(lsn node.LSN, first page.ID) { t.frees = append(t.frees, pending{lsn, first}) }

// Top is a nested top action that is under way (section 9).
type Top struct{ before node.LSN }

// BeginTop begins a nested top action: what it does stays, whatever becomes of
// the transaction. Its records say OnPage, in case a crash leaves a part.
func (m *Manager) BeginTop(t *Txn) Top { return Top{t.UndoNext} }

// EndTop ends it, with a dummy compensation that leads around its records.
func (m *Manager) EndTop(t *Txn, top Top) {
	m.append(t, &Record{Kind: Compensation, Txn: t.ID, UndoNext: top.before})
}

// SinceCheckpoint returns how many records there are since the last checkpoint
// began; 0 while one is being taken.
func (m *Manager) SinceCheckpoint() int {
	if m.point.busy {
		return 0
	}
	return int(m.last - m.point.last)
}

// Backlog returns how many bytes were appended and are not known to be durable.
func (m *Manager) Backlog() int { return int(m.bytes - m.forced) }
