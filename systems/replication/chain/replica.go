package chain

import (
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// Replica is one replica of a chain: an rsm.Engine.
type Replica struct {
	relay.Relay
	cfg  Config
	self node.Addr

	now  *Configuration // durable before anything is said in it
	told *Configuration // what the applier was last told

	// What a configuration makes of this replica, volatile.
	behind  *relay.Sender  // brings the history to the successor; nil at the tail
	recruit *relay.Recruit // at the tail: the joining replica, or nil
	began   rsm.Index      // where the history ended when this epoch began here
	// handing is set when this tail has said that its recruit may succeed it.
	handing bool

	lease   lease
	reads   rounds.Reads // confirmed by the configuration service
	queries queries
	objects objects

	renew  node.Timer
	resend node.Timer
}

var (
	_ rsm.Engine       = (*Replica)(nil)
	_ rsm.ObjectLeaser = (*Replica)(nil)
)

// New returns a replica. It panics if cfg is not valid.
func New(cfg Config) *Replica {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	cfg = cfg.withDefaults()
	if !cfg.Apportioned {
		cfg.Objects = nil // nobody asks
	}
	return &Replica{cfg: cfg, now: &Configuration{}, told: &Configuration{}, objects: newObjects(cfg.Objects)}
}

// Start reads back what outlived the last incarnation, and takes up the place of
// the configuration that it was in.
func (r *Replica) Start(env node.Env, app rsm.Applier) {
	r.Env, r.App, r.Limits, r.Engine, r.self = env, app, r.cfg.Limits, "chain", env.Self()
	r.Appended, r.Executed, r.Cut = r.objects.appended, r.objects.executed, r.recount
	r.renew, r.resend = env.Timer(r.onRenewTimer), env.Timer(r.onResend)
	r.queries.start(env)
	r.lease.start(env)
	mark, err := r.Open()
	if err == nil && mark != nil {
		r.now, err = decodeConfiguration(mark)
	}
	if err != nil {
		env.Halt(err)
		return
	}
	r.recount(r.Last())
	r.takePlace()
	if r.recruit != nil {
		r.recruit.Joint = true // it may have been before
	}
	r.onRenewTimer()
	r.resend.Reset(r.cfg.Resend / 2)
}

// recount begins the count of dirty objects anew.
func (r *Replica) recount(rsm.Index) {
	base, entries := r.History()
	r.objects.recount(entries[r.Committed()-base:])
}

// Receive handles a message, if it is one of this engine's.
func (r *Replica) Receive(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *relay.Update:
		r.onUpdate(from, m)
	case *relay.Held:
		r.onHeld(from, m)
	case *relay.Missing:
		r.onMissing(from, m)
	case *relay.Fetch:
		if m.Epoch == r.now.Epoch && from == r.now.before(r.self) {
			r.Fetch(from)
		}
	case *Granted:
		r.onGranted(m)
	case *Query:
		r.onQuery(from, m)
	case *Version:
		r.onVersion(m)
	default:
		if !r.Relay.Receive(from, m) {
			return false
		}
	}
	r.settle()
	return true
}

// settle ends an event: what waited for this replica to execute goes on, and the
// applier learns of a change of head. It may submit at once.
func (r *Replica) settle() {
	r.queries.release(r.Committed())
	if r.told.Since != r.now.Since || r.told.Head() != r.now.Head() {
		r.told = r.now
		r.App.LeaderChanged()
	}
}

// Leader returns the head, and the number of its first configuration.
func (r *Replica) Leader() (node.Addr, uint64) { return r.now.Head(), uint64(r.now.Since) }

// Leads tells whether this replica is the head of its configuration.
func (r *Replica) Leads() bool { return r.now.Head() == r.self && r.self != "" }

// Configuration returns the configuration that this replica is in.
func (r *Replica) Configuration() *Configuration { return r.now }

func (r *Replica) isTail() bool { return r.now.Tail() == r.self }

// Status describes this replica.
func (r *Replica) Status() rsm.Status {
	s := r.Relay.Status()
	s.Leader, s.Epoch = r.Leader()
	switch {
	case r.Leads():
		s.Role = rsm.Leading
	case !r.now.has(r.self):
		s.Role = rsm.Learning
	}
	s.Changing = r.now.Joining != ""
	for _, a := range r.now.Chain {
		s.Members = append(s.Members, rsm.Member{Addr: a})
	}
	return s
}

// renewInterval is how often the configuration service is asked.
func (r *Replica) renewInterval() time.Duration { return r.cfg.LeaseLength / 6 }
