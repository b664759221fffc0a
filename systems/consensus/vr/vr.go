package vr

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/pull"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// VR is one replica: an rsm.Engine.
type VR struct {
	cfg    Config
	env    node.Env
	self   node.Addr
	app    rsm.Applier
	stream node.Log

	// What outlives a crash; of the log only if the replica is not volatile.
	view        View
	normal      View // the latest view in which the status was normal
	log         opLog
	configs     configurations
	checkpoints *rsm.Snapshots

	status   status
	commit   OpNumber
	applied  OpNumber
	applying bool
	told     leadership // what the applier was last told

	timer     node.Timer    // of the view
	deadline  time.Duration // when a view change begins, or the next one
	heard     time.Duration // when the primary was last heard of; at the start, the start
	synced    logEnd        // what was acknowledged last and is durable
	syncing   int           // acknowledgements that are not
	retry     node.Timer    // sends again what may be lost
	heartbeat node.Timer

	change  changing     // of status viewChange
	recover recovery     // of status recovering
	fetch   fetching     // state on its way here
	leading primaryState // of a primary; void otherwise
	asking  rounds.Asking
	handed  *transfer   // of a primacy that is gone, until its new place is known
	started []node.Addr // who has begun this epoch, as a replica without a say hears

	puller          pull.Puller
	server          pull.Server
	sinceCheckpoint int64
	checkpointing   bool
}

type leadership struct {
	leader node.Addr
	view   View
}

var (
	_ rsm.Engine       = (*VR)(nil)
	_ rsm.Reconfigurer = (*VR)(nil)
	_ rsm.Transferrer  = (*VR)(nil)
)

// New returns a replica. It panics if cfg is not valid.
func New(cfg Config) *VR {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &VR{cfg: cfg.withDefaults()}
}

// Start reads back what outlived the last incarnation, and takes up a role.
func (r *VR) Start(env node.Env, app rsm.Applier) {
	r.env, r.self, r.app = env, env.Self(), app
	r.stream = env.Log(streamName)
	r.timer, r.retry, r.heartbeat = env.Timer(r.onTimer), env.Timer(r.onRetry), env.Timer(r.onHeartbeat)
	r.asking.Start(env)
	fresh := r.stream.First() == r.stream.Next()
	if err := r.readBack(fresh); err != nil {
		env.Halt(err)
		return
	}
	r.puller = pull.Puller{Env: env, Checkpoints: r.checkpoints}
	r.server = pull.Server{Env: env, Checkpoints: r.checkpoints, Chunk: r.cfg.CheckpointChunk}
	r.resetDeadline()
	r.retry.Reset(r.retryInterval())
	r.begin(fresh)
}

// readBack reads the persistent state and hands the newest checkpoint to the
// applier.
func (r *VR) readBack(fresh bool) (err error) {
	r.configs.base(0, &Configuration{})
	if !r.cfg.Volatile {
		r.log.stream = r.stream
	}
	if err = r.replay(); err != nil {
		return err
	}
	if r.checkpoints, err = rsm.OpenSnapshots(r.env); err != nil {
		return err
	}
	h := r.checkpoints.Newest()
	switch {
	case h.Index > 0:
		err = r.restore(h)
	case fresh && len(r.cfg.Members) > 0:
		r.configs.base(0, &Configuration{Members: sorted(r.cfg.Members)})
		r.saveGroup(0, r.configs.groups[0])
		r.saveView()
	}
	switch {
	case err != nil:
		return err
	case r.log.base > h.Index:
		return fmt.Errorf("vr: the log begins behind op-number %d, and the newest checkpoint reflects %d", r.log.base, h.Index)
	case h.Index > 0:
		r.joinCheckpoint(h.Index, View(h.Epoch))
	}
	return r.adoptGroups(r.log.base + 1)
}

// begin takes up the role that the state calls for. A primary that restarts may
// have sent what it no longer has, so it does not go on in its view (I3).
func (r *VR) begin(fresh bool) {
	// The Reconfiguration that began this epoch was committed.
	at, _ := r.configs.of(r.view.Epoch())
	r.commitTo(min(at, r.log.last()))
	switch {
	case len(r.group().Members) == 0:
		r.status = joining
	case !r.group().serves(r.self):
		r.status = left
	case r.cfg.Volatile && !fresh:
		r.startRecovery()
	case r.view != r.normal:
		r.status = viewChange
		r.change = changing{from: []node.Addr{r.self}}
	case r.primaryOf(r.view) != r.self:
	case fresh:
		r.awaitLead()
	default:
		r.startViewChange(r.view + 1)
	}
	r.timer.Reset(r.deadline - r.env.Elapsed())
}

// Receive handles a message, if it is one of this engine's.
func (r *VR) Receive(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Prepare:
		r.onPrepare(from, m)
	case *PrepareOK:
		r.onPrepareOK(from, m)
	case *Commit:
		r.onCommit(from, m)
	case *StartViewChange:
		r.onStartViewChange(from, m)
	case *DoViewChange:
		r.onDoViewChange(from, m)
	case *StartView:
		r.onStartView(from, m)
	case *GetState:
		r.onGetState(from, m)
	case *NewState:
		r.onNewState(from, m)
	case *rounds.Ask:
		r.onAsk(from, m)
	case *rounds.Answer:
		r.asking.Receive(m)
		r.asking.Release(r.applied)
	default:
		if !r.receiveRare(from, m) {
			return false
		}
	}
	r.tell()
	return true
}

// receiveRare handles messages of recovery, reconfiguration and checkpoints.
func (r *VR) receiveRare(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Recovery:
		r.onRecovery(from, m)
	case *RecoveryResponse:
		r.onRecoveryResponse(from, m)
	case *StartEpoch:
		r.onStartEpoch(from, m)
	case *EpochStarted:
		r.onEpochStarted(from, m)
	case *pull.GetPiece:
		if err := r.server.Receive(from, m); err != nil {
			r.env.Halt(fmt.Errorf("vr: send checkpoint to %s: %w", from, err))
		}
	case *pull.Piece:
		r.onPiece(from, m)
	default:
		return false
	}
	return true
}

// tell lets the applier know of a change of leadership, at the end of an event:
// it may submit at once.
func (r *VR) tell() {
	leader, _ := r.Leader()
	if now := (leadership{leader, r.view}); now != r.told {
		r.told = now
		r.app.LeaderChanged()
	}
}

// Leader returns the primary of the view, once that has begun as far as this
// replica knows, and the number of the leadership: the view, counted from 1.
func (r *VR) Leader() (node.Addr, uint64) {
	number := uint64(r.view) + 1
	if r.status != normal || r.primaryOf(r.view) == r.self && !r.leading.on {
		return "", number
	}
	return r.primaryOf(r.view), number
}

// Status describes this replica.
func (r *VR) Status() rsm.Status {
	leader, epoch := r.Leader()
	s := rsm.Status{
		Self: r.self, Role: r.role(), Leader: leader, Epoch: epoch,
		Committed: r.commit, Applied: r.applied, Last: r.log.last(), LogBytes: r.log.bytes,
		Members: r.group().members(), Changing: r.leading.reconfiguring(),
	}
	if r.checkpoints != nil {
		s.Snapshot = r.checkpoints.Newest().Index
	}
	return s
}

func (r *VR) role() rsm.Role {
	switch {
	case r.leading.on:
		return rsm.Leading
	case r.status == joining || r.status == left || !r.group().has(r.self):
		return rsm.Learning
	case r.status == normal && r.primaryOf(r.view) != r.self:
		return rsm.Following
	}
	return rsm.Electing
}

// View returns the view that this replica is in, and the latest in which its
// status was normal.
func (r *VR) View() (now, normal View) { return r.view, r.normal }

// Leads tells whether this replica is the primary of its view, which has begun.
func (r *VR) Leads() bool { return r.leading.on }

// Log returns the log as far as it is held: entries[i] has op-number base+1+i.
// For checkers; it must not be changed.
func (r *VR) Log() (base OpNumber, entries []Entry) { return r.log.base, r.log.entries }

// Committed returns the commit-number.
func (r *VR) Committed() OpNumber { return r.commit }
