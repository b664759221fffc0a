package register

import (
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// The commands. Each is answered by a result.
type (
	// open begins an incarnation of a coordinator.
	open struct {
		Coordinator node.Addr `wire:"1"`
	}
	// propose asks for a decision about a transaction. Staged ones are Undecided.
	propose struct {
		Entry twophase.Entry `wire:"1"`
		// Mark, if it is set, is the coordinator's: see twophase.Prepare.
		Mark twophase.TxID `wire:"2"`
		// Checked tells that an abort is safe although the transaction is staged:
		// some participant has refused, or its coordinator will not commit it.
		Checked bool `wire:"3"`
	}
	// end says that all who need the decision have it.
	end struct {
		Tx   twophase.TxID `wire:"1"`
		Mark twophase.TxID `wire:"2"`
	}
)

// result answers a command.
type result struct {
	// Decision is the one that holds; Undecided if the transaction is staged.
	Decision twophase.Decision `wire:"1"`
	// Branches are those of a staged transaction.
	Branches []twophase.Branch `wire:"2"`
	// Incarnation and Unfinished answer open.
	Incarnation uint64           `wire:"3"`
	Unfinished  []twophase.Entry `wire:"4"`
}

// owner is what the register knows of a coordinator.
type owner struct {
	Coordinator node.Addr     `wire:"1"`
	Incarnation uint64        `wire:"2"`
	Mark        twophase.TxID `wire:"3"`
}

// state is the whole register, as it is saved.
type state struct {
	Owners  []owner          `wire:"1"`
	Entries []twophase.Entry `wire:"2"`
}

func init() {
	wire.Register[open]("register.open")
	wire.Register[propose]("register.propose")
	wire.Register[end]("register.end")
	wire.Register[result]("register.result")
	wire.Register[state]("register.state")
}

// Machine is the replicated state machine.
type Machine struct {
	owners  map[node.Addr]*owner
	entries []twophase.Entry // by TxID
}

var _ rsm.StateMachine = (*Machine)(nil)

// NewMachine returns an empty register.
func NewMachine() *Machine { return &Machine{owners: map[node.Addr]*owner{}} }

// Apply implements rsm.StateMachine.
func (m *Machine) Apply(_ rsm.Index, command []byte) []byte {
	c, err := wire.Unmarshal(command)
	r := &result{}
	switch c := c.(type) {
	case *open:
		m.open(c, r)
	case *propose:
		m.advance(c.Mark)
		m.propose(c, r)
	case *end:
		m.end(c)
	default:
		err = fmt.Errorf("unexpected %T", c)
	}
	if err != nil {
		r.Decision = twophase.Forgotten // not a command of this version: it changes nothing
	}
	return encode(r)
}

func encode(m any) []byte {
	b, err := wire.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("register: encode %T: %v", m, err))
	}
	return b
}

func (m *Machine) owner(a node.Addr) *owner {
	o := m.owners[a]
	if o == nil {
		o = &owner{Coordinator: a}
		m.owners[a] = o
	}
	return o
}

// open gives a coordinator its next incarnation, and what it has to go on with.
func (m *Machine) open(c *open, r *result) {
	o := m.owner(c.Coordinator)
	o.Incarnation++
	r.Incarnation = o.Incarnation
	for _, e := range m.entries {
		if e.Tx.Coordinator == c.Coordinator && len(e.Branches) > 0 {
			r.Unfinished = append(r.Unfinished, e)
		}
	}
}

// propose settles a transaction, unless it is settled (I1).
func (m *Machine) propose(c *propose, r *result) {
	e, o := c.Entry, m.owner(c.Entry.Tx.Coordinator)
	i, found := m.find(e.Tx)
	//parley:rule twophase.guarantee.agreement force=false
	if found && m.entries[i].Decision != twophase.Undecided {
		r.Decision = m.entries[i].Decision
		return
	}
	//parley:rule twophase.guarantee.agreement force=false
	if found && e.Decision != twophase.Committed && !c.Checked {
		r.Branches = m.entries[i].Branches // staged: perhaps all have voted yes
		return
	}
	if !found && e.Tx.Compare(o.Mark) < 0 {
		r.Decision = twophase.Forgotten
		return
	}
	if !found && e.Tx.Incarnation < o.Incarnation {
		e.Decision = twophase.Aborted // I2
	}
	if e.Decision == twophase.Aborted {
		e.Branches = nil // nobody is asked for an acknowledgement
	}
	m.put(e)
	r.Decision = e.Decision
}

// end keeps the decision for those who ask again, until the mark has passed.
func (m *Machine) end(c *end) {
	if i, found := m.find(c.Tx); found {
		m.entries = slices.Clone(m.entries)
		m.entries[i].Branches = nil
	}
	m.advance(c.Mark)
}

func (m *Machine) find(tx twophase.TxID) (int, bool) {
	return slices.BinarySearchFunc(m.entries, tx, func(e twophase.Entry, tx twophase.TxID) int { return e.Tx.Compare(tx) })
}

func (m *Machine) put(e twophase.Entry) {
	m.remove(e.Tx)
	i, _ := m.find(e.Tx)
	m.entries = slices.Insert(m.entries, i, e)
}

func (m *Machine) remove(tx twophase.TxID) {
	if i, found := m.find(tx); found {
		m.entries = slices.Delete(slices.Clone(m.entries), i, i+1)
	}
}

// advance forgets what a coordinator's mark has passed.
func (m *Machine) advance(mark twophase.TxID) {
	if mark.Coordinator == "" {
		return
	}
	o := m.owner(mark.Coordinator)
	if mark.Compare(o.Mark) <= 0 {
		return
	}
	o.Mark = mark
	m.entries = slices.DeleteFunc(slices.Clone(m.entries), func(e twophase.Entry) bool {
		return e.Tx.Coordinator == mark.Coordinator && e.Tx.Compare(mark) < 0
	})
}

// Query implements rsm.StateMachine: how many entries there are.
func (m *Machine) Query(any) any { return len(m.entries) }

// Entries returns what the register holds, by TxID.
func (m *Machine) Entries() []twophase.Entry { return slices.Clone(m.entries) }

// saved is a captured state.
type saved []byte

// WriteTo implements io.WriterTo.
func (s saved) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(s)
	return int64(n), err
}

// Release implements rsm.Capture.
func (s saved) Release() {}

// Capture implements rsm.StateMachine. The register is small, so it is written at
// once.
func (m *Machine) Capture() rsm.Capture { return saved(encode(m.state())) }

func (m *Machine) state() *state {
	s := &state{Entries: m.entries}
	for _, a := range slices.Sorted(maps.Keys(m.owners)) {
		s.Owners = append(s.Owners, *m.owners[a])
	}
	return s
}

// Restore implements rsm.StateMachine.
func (m *Machine) Restore(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v, err := wire.Unmarshal(b)
	s, ok := v.(*state)
	if err != nil || !ok {
		return fmt.Errorf("register: not a saved register (%T): %w", v, err)
	}
	*m = *NewMachine()
	m.entries = s.Entries
	for i := range s.Owners {
		m.owners[s.Owners[i].Coordinator] = &s.Owners[i]
	}
	return nil
}

// Digest implements rsm.StateMachine.
func (m *Machine) Digest() uint64 {
	h := fnv.New64a()
	h.Write(encode(m.state()))
	return h.Sum64()
}
