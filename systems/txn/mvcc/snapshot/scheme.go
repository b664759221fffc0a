package snapshot

import (
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/workspace"
)

// Scheme is snapshot isolation over a store. It has one owner.
type Scheme struct {
	store scheme.Store
	turn  workspace.Turn
	stats Stats
}

// Stats count what became of transactions that wrote.
type Stats struct {
	// Commits counts those that passed, Late those whose keys another had written,
	// Refused those that a Certifier turned down.
	Commits, Late, Refused int
}

// New returns the scheme over a store.
func New(store scheme.Store) *Scheme { return &Scheme{store: store} }

// Name implements scheme.Scheme.
func (s *Scheme) Name() string { return "si" }

// Stats returns what was counted.
func (s *Scheme) Stats() Stats { return s.stats }

// Begin implements scheme.Scheme.
func (s *Scheme) Begin(o scheme.Options) scheme.Txn { return s.Start(o, nil) }

// Certifier decides whether a transaction that snapshot isolation would let commit may
// do so.
type Certifier interface {
	// Began tells that the transaction has its snapshot.
	Began()
	// Certify is asked in the transaction's turn, before it changes anything. Nil
	// means that it commits: nothing but a broken store will prevent it.
	Certify() *scheme.Abort
	// Logged tells that the store knows of the commit, which is durable once the
	// ticket has fired; nil means that it is.
	Logged(durable *scheme.Ticket)
}

// Start is Begin for a scheme that certifies.
func (s *Scheme) Start(o scheme.Options, c Certifier) *Txn {
	return &Txn{s: s, id: s.store.NewID(), readOnly: o.ReadOnly, certifier: c}
}
