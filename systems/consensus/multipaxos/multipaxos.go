package multipaxos

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/pull"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// Paxos is one replica, which plays all roles: an rsm.Engine.
type Paxos struct {
	cfg  Config
	env  node.Env
	self node.Addr
	app  rsm.Applier

	// What outlives a crash.
	promised    Ballot // as an acceptor (nextBal of PTP)
	tried       Ballot // as a proposer (lastTried)
	votes       votes
	checkpoints *rsm.Snapshots

	// As a learner. In all slots up to chosen a value is, and votes or a
	// checkpoint have it; configs is a function of that prefix.
	chosen   Slot
	applied  Slot
	applying bool
	configs  configurations
	since    Slot // from where on the configuration is in force that was acted on
	fetching fetching
	puller   pull.Puller
	server   pull.Server

	sinceCheckpoint int64
	checkpointing   bool

	// As an acceptor: who leads under the ballot that is promised, "" while that is
	// not known, whom the latest lease was granted to, and when; at the start, the
	// start, since an earlier incarnation may have granted one right before.
	leader node.Addr
	holder node.Addr
	heard  time.Duration
	// upto: every slot up to here is chosen, or accepted in the ballot promised. In the
	// ballot synced, that was durable up to syncedUpto.
	upto       Slot
	synced     Ballot
	syncedUpto Slot
	syncing    int // answers that wait until what they say is

	// As a proposer. One of them at most is in use.
	campaign *campaign
	leading  leadership
	refusals int // and promises, since this replica last led or followed

	told     notice // what the applier was last told
	asking   rounds.Asking
	handed   *transfer // of a leadership that is over, until its new place is known
	handover *handover // of a configuration that this replica was in charge of

	timer     node.Timer    // of a candidacy
	deadline  time.Duration // when it begins
	retry     node.Timer    // sends again what may be lost
	heartbeat node.Timer
}

type notice struct {
	leader node.Addr
	ballot Ballot
}

var (
	_ rsm.Engine       = (*Paxos)(nil)
	_ rsm.Reconfigurer = (*Paxos)(nil)
	_ rsm.Transferrer  = (*Paxos)(nil)
)

// New returns a replica. It panics if cfg is not valid.
func New(cfg Config) *Paxos {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &Paxos{cfg: cfg.withDefaults()}
}

// Start reads back what outlived the last incarnation. Whoever leads will be heard
// of; a leader that restarts may have proposed what it no longer knows, so it does
// not go on in its ballot (I2).
func (r *Paxos) Start(env node.Env, app rsm.Applier) {
	r.env, r.self, r.app = env, env.Self(), app
	r.votes.stream = env.Log(streamName)
	r.timer, r.retry, r.heartbeat = env.Timer(r.onTimer), env.Timer(r.onRetry), env.Timer(r.onHeartbeatTimer)
	r.asking.Start(env)
	if err := r.readBack(); err != nil {
		env.Halt(err)
		return
	}
	r.puller = pull.Puller{Env: env, Checkpoints: r.checkpoints}
	r.server = pull.Server{Env: env, Checkpoints: r.checkpoints, Chunk: r.cfg.CheckpointChunk}
	r.resetDeadline()
	r.timer.Reset(r.deadline - env.Elapsed())
	r.retry.Reset(r.retryInterval())
	r.since, _ = r.configs.inForce(r.chosen + 1)
	r.apply()
	r.resumeHandover()
}

// readBack reads the persistent state and hands the newest checkpoint to the
// applier.
func (r *Paxos) readBack() (err error) {
	fresh := r.votes.stream.First() == r.votes.stream.Next()
	if r.checkpoints, err = rsm.OpenSnapshots(r.env); err != nil {
		return err
	}
	h := r.checkpoints.Newest()
	st, err := r.replay(h.Index)
	switch {
	case err != nil:
		return err
	case st.at > h.Index:
		return fmt.Errorf("multipaxos: the log begins behind slot %d, and the newest checkpoint reflects %d", st.at, h.Index)
	case h.Index > 0:
		if err := r.restore(h); err != nil {
			return err
		}
	case st.configs != nil:
		r.configs = *st.configs
	default:
		r.configs = configurations{Since: []Slot{0}, All: []Configuration{*founding(r.cfg.Members, r.cfg.Alpha)}}
		if fresh && len(r.cfg.Members) > 0 {
			r.saveConfigurations(0)
		}
	}
	return r.recallPrefix(max(st.chosen, h.Index))
}

// recallPrefix takes up the prefix that is known to be chosen.
func (r *Paxos) recallPrefix(chosen Slot) error {
	for s := r.chosen + 1; s <= chosen; s++ {
		if r.votes.ballot(s) == 0 {
			return fmt.Errorf("multipaxos: slot %d is chosen, and its value is not in stream %q", s, streamName)
		}
		if err := r.learnConfiguration(s); err != nil {
			return err
		}
	}
	r.chosen = chosen
	r.raiseUpto()
	return nil
}

// Receive handles a message, if it is one of this engine's.
func (r *Paxos) Receive(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Accept:
		r.onAccept(from, m)
	case *Accepted:
		r.onAccepted(from, m)
	case *Heartbeat:
		r.onHeartbeat(from, m)
	case *Prepare:
		r.onPrepare(from, m)
	case *Promise:
		r.onPromise(from, m)
	case *Refuse:
		r.onRefuse(m)
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

// receiveRare handles messages of laggards and of transfers.
func (r *Paxos) receiveRare(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *Known:
		r.onKnown(from, m)
	case *Fetch:
		r.onFetch(from, m)
	case *Values:
		r.onValues(from, m)
	case *TakeOver:
		r.onTakeOver(m)
	case *pull.GetPiece:
		if err := r.server.Receive(from, m); err != nil {
			r.env.Halt(fmt.Errorf("multipaxos: send checkpoint to %s: %w", from, err))
		}
	case *pull.Piece:
		if r.puller.Receive(from, m) {
			r.fetching.moved = r.env.Elapsed()
		}
	default:
		return false
	}
	return true
}

// tell lets the applier know of a change of leadership, at the end of an event: it
// may submit at once.
func (r *Paxos) tell() {
	leader, _ := r.Leader()
	if now := (notice{leader, r.promised}); now != r.told {
		r.told = now
		r.app.LeaderChanged()
	}
}

// retryInterval is how often what may be lost is sent again.
func (r *Paxos) retryInterval() time.Duration { return r.cfg.Timeout / 4 }

// onRetry sends again what may have been lost.
func (r *Paxos) onRetry() {
	r.retry.Reset(r.retryInterval())
	r.retryCampaign()
	r.retryFetch()
	r.retryHandover()
	r.tell()
}
