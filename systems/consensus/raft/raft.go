package raft

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Raft is one server: an rsm.Engine.
type Raft struct {
	cfg  Config
	env  node.Env
	self node.Addr
	app  rsm.Applier

	// Persistent state on all servers (Figure 2), and the newest snapshot (§7).
	term      Term
	votedFor  node.Addr
	log       entryLog
	snapshots *rsm.Snapshots

	// Volatile state on all servers.
	role     role
	leader   node.Addr // of term, once heard of
	commit   Index
	applied  Index
	applying bool
	configs  configurations
	told     leadership // what the applier was last told

	election  node.Timer
	heartbeat node.Timer
	deadline  time.Duration // when the election timeout is over
	heard     time.Duration // when a leader was last heard of; at the start, the start

	votes   []node.Addr // of a candidate: who granted
	leading leaderState // of a leader; void otherwise
	asking  asking      // reads that wait for the leader's answer
	handed  *transfer   // of leadership that is gone, until its new place is known

	sinceSnapshot int64    // bytes applied since the last snapshot
	snapping      bool     // a snapshot is being written
	incoming      incoming // a snapshot is being received
}

type leadership struct {
	leader node.Addr
	term   Term
}

var (
	_ rsm.Engine       = (*Raft)(nil)
	_ rsm.Reconfigurer = (*Raft)(nil)
	_ rsm.Transferrer  = (*Raft)(nil)
)

// New returns a server. It panics if cfg is not valid.
func New(cfg Config) *Raft {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &Raft{cfg: cfg.withDefaults()}
}

// Start reads back the state and begins as a follower.
func (r *Raft) Start(env node.Env, app rsm.Applier) {
	r.env, r.self, r.app = env, env.Self(), app
	r.election, r.heartbeat = env.Timer(r.onElectionTimer), env.Timer(r.onHeartbeatTimer)
	r.log.stream = env.Log(streamName)
	r.asking.next = env.Rand().Uint64() >> 1
	if err := r.recover(); err != nil {
		env.Halt(err)
		return
	}
	r.applyCommitted() // a group of one goes on where it was
	r.resetDeadline()
	r.election.Reset(r.deadline - env.Elapsed())
}

// Receive handles a message, if it is one of Raft's.
func (r *Raft) Receive(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *AppendEntries:
		r.onAppendEntries(from, m)
	case *AppendEntriesReply:
		r.onAppendEntriesReply(from, m)
	case *RequestVote:
		r.onRequestVote(from, m)
	case *RequestVoteReply:
		r.onRequestVoteReply(from, m)
	case *ReadIndex:
		r.onReadIndex(from, m)
	case *ReadIndexReply:
		r.onReadIndexReply(m)
	case *InstallSnapshot:
		r.onInstallSnapshot(from, m)
	case *InstallSnapshotReply:
		r.onInstallSnapshotReply(from, m)
	case *TimeoutNow:
		r.onTimeoutNow(m)
	default:
		return false
	}
	r.tell()
	return true
}

// tell lets the applier know of a change of leadership, at the end of an event:
// it may submit at once.
func (r *Raft) tell() {
	if now := (leadership{r.leader, r.term}); now != r.told {
		r.told = now
		r.app.LeaderChanged()
	}
}

// Leader returns the leader of the current term, once heard of, and the term.
func (r *Raft) Leader() (node.Addr, uint64) { return r.leader, uint64(r.term) }

// Term returns the current term.
func (r *Raft) Term() Term { return r.term }

// Configuration returns the configuration in force: the latest in the log. It
// must not be changed.
func (r *Raft) Configuration() *Configuration { return r.config() }

// Entries returns the log as far as it is held: entries[i] has index base+1+i.
// For checkers; it must not be changed.
func (r *Raft) Entries() (base Index, baseTerm Term, entries []Entry) {
	return r.log.base, r.log.baseTerm, r.log.entries
}

// Status describes this server.
func (r *Raft) Status() rsm.Status {
	s := rsm.Status{
		Self: r.self, Role: r.role.public(), Leader: r.leader, Epoch: uint64(r.term),
		Committed: r.commit, Applied: r.applied, Snapshot: r.snapshots.Newest().Index,
		Last: r.log.last(), LogBytes: r.log.bytes,
		Members:  r.config().members(),
		Changing: r.config().joint() || r.leading.change != nil,
	}
	if r.role == follower && !r.config().isVoter(r.self) {
		s.Role = rsm.Learning
	}
	return s
}

// Submit appends a command to the leader's log and starts replicating it.
func (r *Raft) Submit(command []byte) (Index, error) {
	switch {
	case r.role != leader:
		return 0, rsm.ErrNotLeader
	case r.leading.transfer != nil || r.leading.uncommitted >= r.cfg.MaxUncommittedBytes:
		return 0, rsm.ErrBusy
	}
	return r.propose(CommandEntry, command), nil
}

// recover reads back the persistent state and hands the newest snapshot to the
// applier.
func (r *Raft) recover() error {
	var err error
	r.configs.base(0, &Configuration{})
	fresh := r.log.stream.First() == r.log.stream.Next()
	if err = r.replay(); err != nil {
		return err
	}
	if r.snapshots, err = rsm.OpenSnapshots(r.env); err != nil {
		return err
	}
	h := r.snapshots.Newest()
	switch {
	case h.Index > 0:
		err = r.restore(h, func() error { return r.snapshots.Load(r.app.Restore) })
	case fresh && len(r.cfg.Members) > 0:
		r.saveMembers(&Configuration{Voters: sortedAddrs(r.cfg.Members)})
	}
	switch {
	case err != nil:
		return err
	case r.log.base > h.Index:
		return fmt.Errorf("raft: the log begins behind index %d, and the newest snapshot reflects %d", r.log.base, h.Index)
	case h.Index > 0:
		r.joinSnapshot(h.Index, Term(h.Epoch))
	}
	return r.adoptConfigurations(r.log.base + 1)
}

// Leads tells whether this server leads its term.
func (r *Raft) Leads() bool { return r.role == leader }

// Committed returns the commit index.
func (r *Raft) Committed() Index { return r.commit }
