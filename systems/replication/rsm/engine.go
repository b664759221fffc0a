package rsm

import (
	"io"

	"github.com/parleysystems/parley/node"
)

// Engine decides the one order in which all replicas execute commands: Raft,
// Multi-Paxos, viewstamped replication, PBFT, primary-backup, a chain. It knows
// nothing of sessions and state machines; it sees commands as bytes.
//
// All calls come from the node's loop, and may come from within a call that
// the engine makes to its Applier.
type Engine interface {
	// Start begins an incarnation. Before it returns the engine has read back
	// its state and handed the newest snapshot, if there is one, to
	// Applier.Restore.
	Start(env node.Env, applier Applier)

	// Receive handles a message and reports whether it was one of the engine's.
	Receive(from node.Addr, m node.Message) bool

	// Leader returns the replica that orders commands as far as this one
	// knows, or "" if it knows none, and the number of that leadership: a term,
	// view, ballot or epoch. The number never goes back within an incarnation.
	// (Whoever takes a submission plays the leader here: in a chain the head.)
	Leader() (leader node.Addr, epoch uint64)

	// Submit asks for command to be ordered. Only the leader accepts; it
	// returns the place that the command will have if it is ordered under this
	// leadership, which is not yet certain: who wants to know waits for Apply,
	// and submits again once Leader's epoch has changed. The error is
	// ErrNotLeader or ErrBusy, and then the command surely will not be ordered.
	// The engine keeps command, and nobody changes it.
	Submit(command []byte) (Index, error)

	// Barrier runs done(nil) once this replica has applied enough for a query
	// at the given level. It may be called on any replica. An error says that
	// the barrier cannot be had now and that another try may succeed. When
	// messages are lost done may never run: callers try again after a while.
	Barrier(level Level, done func(error))

	// HoldsLease tells whether this replica's state is, at this moment and
	// without asking anybody, as fresh as level Lease demands.
	HoldsLease() bool

	// Status describes this replica.
	Status() Status
}

// Applier is what an engine drives: the replica's sessions and state machine.
type Applier interface {
	// Apply executes the command at index. Indexes rise; those that are left
	// out were used by the engine itself. An empty command does nothing.
	Apply(index Index, command []byte)

	// Capture returns the whole state after the latest Apply.
	Capture() Capture

	// Restore replaces the state by a captured one that reflects every command
	// up to index.
	Restore(index Index, r io.Reader) error

	// LeaderChanged says that Leader's answer is another than before.
	LeaderChanged()
}

// Attributed is the Applier of engines that know whose a command is, because
// members may lie. A session then belongs to the member that opened it: nobody
// else can run commands in it, or have it expire.
type Attributed interface {
	Applier

	// ApplyFrom is Apply of a command that origin had ordered. One that is
	// malformed does nothing.
	ApplyFrom(origin node.Addr, index Index, command []byte)
}

// Reconfigurer is an engine whose members can be changed while it runs.
type Reconfigurer interface {
	// Reconfigure makes members the whole membership and runs done once that is
	// decided. Only the leader accepts. ErrNotLeader, ErrBusy (another change
	// is under way) and ErrRefused mean that nothing was changed, ErrUnknown
	// that the change may still take effect.
	Reconfigure(members []Member, done func(error))
}

// Transferrer is an engine that can hand leadership to a chosen replica.
type Transferrer interface {
	// Transfer makes another member the leader and runs done once this replica
	// has seen it lead, or has given up (ErrUnknown).
	Transfer(to node.Addr, done func(error))
}

// Outward is an engine that hosts which are no members may speak to: it has clients
// of its own, or listeners, and believes what a stranger says of nobody but itself.
type Outward interface {
	// ReceiveStranger is Receive of a message from such a host (Config.Stranger).
	ReceiveStranger(from node.Addr, m node.Message) bool
}

// Level says how fresh the state must be that a query sees.
type Level uint8

const (
	// Linearizable: the query sees every command that was answered before it
	// was asked. The leader proves by a round of messages that it still leads.
	Linearizable Level = iota
	// Lease: the same promise without the round, which holds as long as clocks
	// run at rates within the engine's bound of each other.
	Lease
	// Serializable: some state of the past that reflects a prefix of the
	// commands: this replica's own, whatever it has applied.
	Serializable
)

func (l Level) String() string {
	return [...]string{"linearizable", "lease", "serializable"}[l]
}

// Role is what a replica does at the moment.
type Role uint8

const (
	Following Role = iota
	Electing
	Leading
	// Learning: receives commands but has no say in decisions.
	Learning
)

func (r Role) String() string {
	return [...]string{"following", "electing", "leading", "learning"}[r]
}

// Member is one replica of the group.
type Member struct {
	Addr node.Addr `wire:"1"`
	// Learner: receives commands but counts for no majority.
	Learner bool `wire:"2"`
}

// Status describes a replica.
type Status struct {
	Self   node.Addr
	Role   Role
	Leader node.Addr // "" while none is known
	Epoch  uint64    // the number of the leadership

	Committed Index // known to be decided
	Applied   Index // executed here
	Snapshot  Index // what the newest durable snapshot reflects
	Last      Index // the last command held here, decided or not
	LogBytes  int64 // size of the commands held in memory

	Members  []Member
	Changing bool // the membership is being changed
}
