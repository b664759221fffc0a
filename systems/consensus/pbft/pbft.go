package pbft

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// PBFT is one replica's protocol.
type PBFT struct {
	cfg     Config
	env     node.Env
	group   group
	keys    *keyring
	service service
	journal journal

	view    View
	active  bool     // the view has begun, here
	newView *NewView // which began it; nil for view 0

	// The log above the low water mark; seen, prepared and slots are bounded by the
	// window.
	slots                    map[SeqNo]*slot
	prepared                 map[SeqNo]*Prepared      // P
	seen                     map[SeqNo][]*PrePrepared // Q
	bodies                   map[Digest]*body
	floor                    SeqNo // what clients may have been told of, by this incarnation or an earlier one
	executed                 SeqNo // everything up to here is reflected by the state
	rollback                 bool  // the state also reflects the next one, tentatively
	executing, checkpointing bool

	clients  *clients
	requests requests // of clients, not executed
	queries  []*Request
	next     SeqNo // the last number that this replica gave, as a primary
	padTo    SeqNo // a recovery waits for a checkpoint there

	stable    stableCheckpoint
	votes     map[SeqNo][]*Checkpoint // by replica
	taken     map[SeqNo]*state        // this replica's own
	snapshots *rsm.Snapshots
	transfer  transfer
	ahead     *stableCheckpoint // proven, and not reached here

	changes   []*ViewChange // the latest of each replica
	believed  map[Digest]bool
	failures  int // view changes since a request was executed
	suspicion suspicion
	heard     []*Status // the latest of each replica
	fresh     []bool    // heard since this replica last wondered
	spoke     []bool    // authentic since the last look

	followers []follower
	status    node.Timer
	nextKey   time.Duration // when this replica's key is to be replaced
	refreshed time.Duration // when it was, last
	own       own
	recover   recovering
}

func newPBFT(cfg Config, s service) *PBFT {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &PBFT{cfg: cfg.withDefaults(), service: s}
}

// start reads back what outlived the last incarnation.
func (r *PBFT) start(env node.Env) {
	r.env = env
	r.group = newGroup(r.cfg.Members, env.Self())
	r.slots, r.prepared, r.seen = map[SeqNo]*slot{}, map[SeqNo]*Prepared{}, map[SeqNo][]*PrePrepared{}
	r.bodies, r.votes, r.taken = map[Digest]*body{}, map[SeqNo][]*Checkpoint{}, map[SeqNo]*state{}
	r.believed = map[Digest]bool{}
	r.changes = make([]*ViewChange, r.group.n())
	r.clients = newClients(r.group.n())
	r.requests.init()
	r.status = env.Timer(r.onStatusTimer)
	r.suspicion.timer = env.Timer(r.onSuspicion)
	r.heard, r.fresh, r.spoke = make([]*Status, r.group.n()), make([]bool, r.group.n()), make([]bool, r.group.n())
	r.active = !r.cfg.Follow // a follower is outside of all views
	if err := r.readBack(); err != nil {
		env.Halt(err)
		return
	}
	r.announce()
	r.resume()
	r.status.Reset(r.cfg.StatusInterval)
}

// readBack restores identity, log and state, and begins a key epoch.
func (r *PBFT) readBack() (err error) {
	if err = r.replay(); err != nil {
		return err
	}
	if r.snapshots, err = rsm.OpenSnapshots(r.env); err != nil {
		return fmt.Errorf("pbft: %w", err)
	}
	r.taken[0] = newState(0, r.snapshot()(), r.cfg.PageSize)
	err = r.loadCheckpoint()
	if r.cfg.Recover {
		r.suspect()
		err = nil // what cannot be read is fetched
	}
	r.collect(r.low())
	return err
}

// resume goes on where the log ends. A primary knows from it what numbers it gave,
// since it gave none that was not durable.
func (r *PBFT) resume() {
	//parley:unordered the greatest is the same in any order
	for n := range r.slots {
		r.next = max(r.next, n)
	}
	r.next = max(r.next, r.low())
	if !r.active && !r.recovering() && !r.cfg.Follow {
		r.changes[r.group.self] = r.viewChange()
	}
	r.sendStatus()
}

// receive handles a message, if it is one of the protocol's. What is malformed or
// not authentic changes nothing, whoever sent it.
func (r *PBFT) receive(from node.Addr, m node.Message) bool {
	if r.cfg.Follow {
		return r.receiveFollowing(from, m)
	}
	switch m := m.(type) {
	case *Request:
		r.onRequest(from, m)
	case *PrePrepare:
		r.onPrePrepare(m)
	case *Prepare:
		r.onPrepare(m)
	case *Commit:
		r.onCommit(m)
	case *Checkpoint:
		r.onCheckpoint(m)
	case *ViewChange:
		r.onViewChange(m)
	case *NewView:
		r.onNewView(m)
	default:
		return r.receiveRare(from, m)
	}
	return true
}

// receiveRare handles what brings a replica up to date, and keys.
func (r *PBFT) receiveRare(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Status:
		r.onStatus(m)
	case *Decided:
		r.onDecided(m)
	case *Proof:
		r.onProof(m)
	case *Follow:
		r.onFollow(m)
	case *Fetch:
		r.onFetch(from, m)
	case *Batch:
		r.onBatch(m)
	case *GetPart:
		r.onGetPart(from, m)
	case *Part:
		r.onPart(from, m)
	case *Doubt:
		r.onDoubt(m)
	case *Introduce:
		r.onIntroduce(from, m)
	case *NewKey:
		r.onNewKey(from, m)
	case *Reply:
		r.onReply(m)
	default:
		return false
	}
	return true
}

// primary tells whether this replica is the primary of the present view.
func (r *PBFT) primary() bool { return r.group.primary(r.view) == r.group.self }

// all sends a message to every other replica.
func (r *PBFT) all(m node.Message) {
	for _, a := range r.group.members {
		if a != r.env.Self() {
			r.env.Send(a, m)
		}
	}
}

// authenticator is for what a replica says to the others, and not to itself.
func (r *PBFT) authenticator(content []byte) Authenticator {
	return r.keys.tags(r.group.members, content, r.env.Self())
}

// authentic tells whether a replica made the authenticator's tag for this one.
func (r *PBFT) authentic(id ReplicaID, a Authenticator, content []byte) bool {
	if !r.group.has(id) || id == r.group.self || !r.keys.verify(r.group.addr(id), a.at(r.seat()), content) {
		return false
	}
	r.spoke[id] = true
	return true
}

// seat is the place of this host's tag in an authenticator.
func (r *PBFT) seat() ReplicaID {
	if r.cfg.Follow {
		return 0
	}
	return r.group.self
}

// signedBy tells whether a replica signed content.
func (r *PBFT) signedBy(id ReplicaID, content, signature []byte) bool {
	return r.group.has(id) && r.keys.signed(r.group.addr(id), content, signature)
}
