package kv

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Steward is what a host does for its replica of the store beside executing
// commands. What it decides becomes a fact only by commands in the log:
//
//   - while the host leads, it proposes to end the leases that ran out;
//   - it refuses commands that grow a store over its quota, and then proposes
//     the alarm that has all replicas refuse them.
//
// It lives on the replica's loop, by the node's own timers, for as long as the
// incarnation.
type Steward struct {
	replica  Replica
	store    *Store
	expiry   *Expiry
	timer    node.Timer
	options  StewardOptions
	alarming bool // an alarm that this host proposed is on its way
}

// Replica is what a steward asks of the replica that it serves; *rsm.Replica is
// one.
type Replica interface {
	Propose(command []byte, done func(result []byte, err error))
	Engine() rsm.Engine
	Env() node.Env
}

// StewardOptions are a host's. The zero value of a field means its default.
type StewardOptions struct {
	// Member names the host in the alarms that it raises.
	Member uint64
	// Every is how often it looks who leads and which leases ran out: a lease
	// ends later by that much, at most. Default 100 ms.
	Every time.Duration
	// Alarmed, if not nil, is told when the host proposes an alarm.
	Alarmed func(bytes int64)
}

// expiriesPerLook bounds the leases that one look ends.
const expiriesPerLook = 1000

// NewSteward begins to serve a replica, whose state machine store is. It runs on
// the replica's loop.
func NewSteward(r Replica, store *Store, o StewardOptions) *Steward {
	if o.Every <= 0 {
		o.Every = 100 * time.Millisecond
	}
	s := &Steward{replica: r, store: store, expiry: NewExpiry(store, r.Env().Elapsed), options: o}
	s.timer = r.Env().Timer(s.look)
	s.look()
	return s
}

func (s *Steward) look() {
	leader, epoch := s.replica.Engine().Leader()
	s.expiry.Lead(epoch, leader != "" && leader == s.replica.Env().Self())
	for _, e := range s.expiry.Due(expiriesPerLook) {
		s.propose(&Command{LeaseExpire: e}, func() {}) // falls due again if nothing comes of it
	}
	s.timer.Reset(s.options.Every)
}

// Admit refuses, with ErrNoSpace, a command that may grow the store if that has
// outgrown this host's quota. Doors ask before they propose.
func (s *Steward) Admit(grows bool) error {
	if !grows || !s.store.Full() {
		return nil
	}
	if !s.alarming {
		s.alarming = true
		if s.options.Alarmed != nil {
			s.options.Alarmed(s.store.Size())
		}
		s.propose(&Command{AlarmActivate: &AlarmActivate{Kind: AlarmNoSpace, Member: s.options.Member}}, func() { s.alarming = false })
	}
	return ErrNoSpace
}

func (s *Steward) propose(c *Command, done func()) {
	s.replica.Propose(c.Encode(), func([]byte, error) { done() })
}

// Remaining returns how long a lease has left, as far as this host can tell.
func (s *Steward) Remaining(id LeaseID) time.Duration { return s.expiry.Remaining(id) }
