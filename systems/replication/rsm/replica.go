package rsm

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// Replica is one member of a replicated service: a node that joins an engine,
// the sessions and a state machine. Its methods are called on the node's loop.
type Replica struct {
	cfg     Config
	env     node.Env
	engine  Engine
	machine StateMachine
	tick    node.Timer
	started bool

	// Replicated state: a function of the log up to applied.
	sessions *sessions
	applied  Index

	// Of this incarnation.
	own     ownSession
	outbox  outbox
	remote  remotes
	pipes   pipes
	reads   [Serializable]reads // by level
	epoch   uint64              // of leader, as last heard
	leader  node.Addr
	applies int // depth of Apply: submissions wait until it is over

	answered int // bytes of answers to expect of a message of questions
}

// New returns a replica, to be handed to a kernel. It panics if cfg is not
// valid.
func New(engine Engine, machine StateMachine, cfg Config) *Replica {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &Replica{cfg: cfg.withDefaults(), engine: engine, machine: machine, sessions: newSessions(), own: ownSession{base: 1}}
}

// Start begins the incarnation: the engine reads back its state.
func (r *Replica) Start(env node.Env) {
	r.env = env
	r.tick = env.Timer(r.onTick)
	r.own.nonce = env.Rand().Uint64() | 1
	r.remote.init()
	r.pipes.init()
	r.engine.Start(env, (*applier)(r))
	r.started = true
	r.leaderChanged()
}

// Receive takes the engine's messages, other replicas' and remote clients'.
func (r *Replica) Receive(from node.Addr, m node.Message) {
	if r.cfg.Stranger == nil || !r.cfg.Stranger(from.Host()) {
		if r.engine.Receive(from, m) || r.receiveReplica(from, m) {
			return
		}
	} else if o, outward := r.engine.(Outward); outward && o.ReceiveStranger(from, m) {
		return
	}
	switch m := m.(type) {
	case *Request:
		r.onRequest(from, m)
	case *Commands:
		r.onCommands(from, m)
	case *Questions:
		r.onQuestions(from, m)
	}
}

// receiveReplica handles what replicas say to one another besides their engines.
func (r *Replica) receiveReplica(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Forward:
		r.onForward(m)
	case *Administer:
		r.onAdminister(from, m)
	default:
		return false
	}
	return true
}

// Query answers a question from this replica's present state: a serializable
// read by itself, a fresher one when called from done of Read.
func (r *Replica) Query(question any) (answer any) { return r.machine.Query(question) }

// Status describes this replica.
func (r *Replica) Status() Status { return r.engine.Status() }

// Leading tells whether this replica believes that it leads.
func (r *Replica) Leading() bool { return r.leader == r.env.Self() }

// Env returns the environment of the running incarnation.
func (r *Replica) Env() node.Env { return r.env }

// Engine returns the engine, for who knows which one it is.
func (r *Replica) Engine() Engine { return r.engine }

// Machine returns the state machine. Only commands may change it.
func (r *Replica) Machine() StateMachine { return r.machine }

// Digest condenses the whole replicated state, sessions included: equal on all
// replicas that have applied the same commands.
func (r *Replica) Digest() uint64 { return r.sessions.digest() ^ r.machine.Digest()*0x9e3779b97f4a7c15 }

// onTick sends again what went unanswered and gives up what waited too long.
// The timer runs only while something is outstanding.
func (r *Replica) onTick() {
	now := r.env.Elapsed()
	r.retryProposals(now)
	r.giveUpProposals(now)
	for level := range r.reads {
		r.retryReads(Level(level), now)
	}
	r.flush()
	if r.own.waiting() || r.outbox.waiting() || r.reads[Linearizable].busy() || r.reads[Lease].busy() {
		r.tick.Reset(r.cfg.RetryAfter / 2)
		return
	}
	r.outbox.ticking = false
}

func (r *Replica) armTick() {
	if !r.outbox.ticking {
		r.outbox.ticking = true
		r.tick.Reset(r.cfg.RetryAfter / 2)
	}
}

// leaderChanged makes everything that an old leader may have lost go to the new
// one, once it is known. Sequence numbers stay, so nothing runs twice.
func (r *Replica) leaderChanged() {
	if !r.started {
		return
	}
	leader, epoch := r.engine.Leader()
	if leader == r.leader && epoch == r.epoch {
		return
	}
	r.leader, r.epoch = leader, epoch
	r.outbox.reset()
	r.remote.abandon(r)
	r.pipes.abandon(r)
	if leader == "" {
		return
	}
	r.own.resend()
	r.restartReads()
	r.flush()
}

// deadline returns when a request that begins now is given up.
func (r *Replica) deadline() time.Duration { return r.env.Elapsed() + r.cfg.Timeout }
