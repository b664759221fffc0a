package kv

import "github.com/parleysystems/parley/systems/replication/rsm"

// Store is the state machine. It is not safe for concurrent use: all calls
// come from one loop, but for those on a Pinned.
type Store struct {
	state
	changes   changeLog  // after state.trimmed: all that watchers may still ask for
	sweptHere int        // how many of them are up to state.swept
	attached  attachment // which keys hang on which lease
	hub       hub
	leaser    LeaseObserver
	options   Options
	txn       []change // what the command that is being applied has changed so far
}

// Options are those of one replica. They have no influence on what Apply does
// to the state.
type Options struct {
	// Quota is the number of bytes of versions above which the host of this
	// replica should stop proposing writes (see Store.Full); 0 for none.
	Quota int64
	// Cold keeps long values outside of memory; nil keeps them in it.
	Cold Cold
	// ColdFrom is the length from which on values go there, in bytes; 64 if zero.
	ColdFrom int
}

// The bounds on what a client may ask for.
const (
	MaxTxnOps   = 128 // of a list of a transaction; less by that for lists within
	MaxTxnDepth = 24  // of transactions within transactions
	MinLeaseTTL = 2   // seconds; a shorter one is raised to it
	MaxLeaseTTL = 9_000_000_000
	MaxLeases   = 1 << 22
	MaxAlarms   = 64
)

var _ rsm.Preparer = (*Store)(nil)

// New returns an empty store.
func New(o Options) *Store {
	s := &Store{state: newState(o), options: o}
	s.attached = newAttachment()
	s.changes.arena = s.arena
	s.hub.init()
	return s
}

// Apply executes one command (see Command) and returns the encoded Result.
// Bytes that are no command are refused with ErrMalformed.
func (s *Store) Apply(index rsm.Index, command []byte) []byte {
	var c Command
	var r Result
	if decodeCommand(command, &c) != nil {
		r.Err = ErrMalformed
	} else {
		s.apply(index, &c, &r)
	}
	r.Revision = s.rev
	return encodeResult(&r)
}

// apply executes c and publishes what it changed.
func (s *Store) apply(index rsm.Index, c *Command, r *Result) {
	r.Err = s.dispatch(index, c, r)
	if len(s.txn) > 0 {
		s.commit()
	}
	s.sweep(sweepPerCommand)
	s.clean()
}

// dispatch executes c. A refused command has changed nothing.
func (s *Store) dispatch(index rsm.Index, c *Command, r *Result) Refusal {
	if c.fields() != 1 {
		return ErrMalformed
	}
	if refusal := s.admit(c); refusal != 0 {
		return refusal
	}
	switch {
	case c.Put != nil:
		return s.applyPut(c.Put, r)
	case c.DeleteRange != nil:
		return s.applyDeleteRange(c.DeleteRange, r)
	case c.Txn != nil:
		return s.applyTxn(c.Txn, r)
	case c.Compact != nil:
		return s.applyCompact(c.Compact)
	case c.LeaseGrant != nil:
		return s.applyGrant(index, c.LeaseGrant, r)
	case c.LeaseRevoke != nil:
		return s.applyRevoke(c.LeaseRevoke)
	case c.LeaseKeepAlive != nil:
		return s.applyKeepAlive(index, c.LeaseKeepAlive, r)
	case c.LeaseExpire != nil:
		return s.applyExpire(c.LeaseExpire)
	case c.AlarmActivate != nil:
		return s.applyActivate(c.AlarmActivate, r)
	case c.AlarmDeactivate != nil:
		return s.applyDeactivate(c.AlarmDeactivate, r)
	}
	panic("kv: a kind of command that nothing executes")
}

// fields counts what is set of a union.
func (c *Command) fields() (n int) {
	for _, set := range [...]bool{
		c.Put != nil, c.DeleteRange != nil, c.Txn != nil, c.Compact != nil,
		c.LeaseGrant != nil, c.LeaseRevoke != nil, c.LeaseKeepAlive != nil, c.LeaseExpire != nil,
		c.AlarmActivate != nil, c.AlarmDeactivate != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

// commit makes the changes of a command one revision and tells the watchers.
func (s *Store) commit() {
	//parley:rule consistency.components.durability-and-ordering drop
	s.rev++
	for i := range s.txn {
		s.changes.push(s.txn[i].ref)
	}
	s.hub.publish(s.rev, s.txn)
	clear(s.txn)
	s.txn = s.txn[:0]
}

// head is the newest revision as an operation sees it that runs within a
// command: once something has changed, that of the command itself.
func (s *Store) head() Revision {
	if len(s.txn) > 0 {
		return s.rev + 1
	}
	return s.rev
}

// Revision returns the revision of the newest change.
func (s *Store) Revision() Revision { return s.rev }
