package vr

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// OpNumber is the place of an operation in the log, from 1.
type OpNumber = rsm.Index

// Kind says what an entry is for.
type Kind uint8

const (
	// Request is for the state machine.
	Request Kind = iota
	// Reconfiguration ends an epoch and holds the next Configuration (§7).
	Reconfiguration
)

// Entry is one place of the log; its op-number follows from where it stands.
type Entry struct {
	View View   `wire:"1"` // in which it got its op-number
	Kind Kind   `wire:"2"`
	Data []byte `wire:"3"`
}

// size is what an entry counts for in limits, in bytes.
func (e *Entry) size() int64 { return int64(len(e.Data)) + 48 }

// Configuration is the group of an epoch: replicas in the order in which they
// are primaries of its views.
type Configuration struct {
	Epoch   Epoch       `wire:"1"`
	Members []node.Addr `wire:"2"` // sorted
	Old     []node.Addr `wire:"3"` // the group of the epoch before, learners included
	// Learners are sent the log and have no say: no quorum counts them, and no view
	// has one for its primary. Sorted.
	Learners []node.Addr `wire:"4"`
}

// Prepare asks backups to add entries to their logs (§4.1). Requests that come
// together travel together.
type Prepare struct {
	View    View     `wire:"1"`
	First   OpNumber `wire:"2"` // of Entries
	Commit  OpNumber `wire:"3"` // the primary's commit-number
	Round   uint64   `wire:"4"` // comes back in the PrepareOK
	Entries []Entry  `wire:"5"`
}

// PrepareOK says that the backup's log has everything up to Op, and equals the
// primary's that far. It answers Prepare and Commit.
type PrepareOK struct {
	View  View     `wire:"1"`
	Op    OpNumber `wire:"2"`
	Round uint64   `wire:"3"`
}

// Commit is what a primary without requests sends, so that its backups learn
// what is committed, know that it lives, and notice what they have missed.
type Commit struct {
	View   View     `wire:"1"`
	Commit OpNumber `wire:"2"`
	Op     OpNumber `wire:"3"` // the primary's last op-number
	Round  uint64   `wire:"4"`
	Known  OpNumber `wire:"5"` // what the receiver has acknowledged in this view
}

// StartViewChange says that the sender has left all views before View (§4.2).
type StartViewChange struct {
	View View `wire:"1"`
}

// DoViewChange tells the primary of View what log the sender has: v', n and k of
// the paper. The log itself is fetched if it is the one that is chosen.
type DoViewChange struct {
	View   View     `wire:"1"`
	Normal View     `wire:"2"` // the latest view in which its status was normal
	Op     OpNumber `wire:"3"`
	Commit OpNumber `wire:"4"`
}

// StartView says that View has begun, with a log up to Op.
type StartView struct {
	View   View     `wire:"1"`
	Op     OpNumber `wire:"2"`
	Commit OpNumber `wire:"3"`
}

// Recovery is what a replica asks that has lost its log (§4.3).
type Recovery struct {
	Nonce uint64 `wire:"1"`
	View  View   `wire:"2"` // the latest that it was in
}

// RecoveryResponse answers Recovery.
type RecoveryResponse struct {
	View    View   `wire:"1"`
	Nonce   uint64 `wire:"2"`
	Primary bool   `wire:"3"` // the sender is the primary of View
}

// GetState asks for the entries from op-number From on (§5.2).
type GetState struct {
	View View     `wire:"1"` // the answer is void from a replica in another one
	From OpNumber `wire:"2"`
	// Committed asks for what is committed, from a replica in whatever view.
	Committed bool `wire:"3"`
	// Check: only if the entry before From got its op-number in view Prev. Then
	// the logs agree up to it.
	Check bool `wire:"4"`
	Prev  View `wire:"5"`
}

// NewState answers GetState.
type NewState struct {
	View    View     `wire:"1"` // as asked
	First   OpNumber `wire:"2"` // of Entries
	Entries []Entry  `wire:"3"`
	Op      OpNumber `wire:"4"` // where the sender's log ends (what is committed, if that was asked)
	Commit  OpNumber `wire:"5"`
	// Checkpoint: entries from First on are gone; a checkpoint has their effect.
	Checkpoint bool `wire:"6"`
	Differs    bool `wire:"7"` // the logs do not agree up to First
	// Check and Prev, as asked: what answers another question, about the same entries,
	// does not tell that the logs agree.
	Check bool `wire:"8"`
	Prev  View `wire:"9"`
}

// StartEpoch tells of an epoch that has begun (§7.1).
type StartEpoch struct {
	View View     `wire:"1"` // its first
	Op   OpNumber `wire:"2"` // of the Reconfiguration, which is committed
}

// EpochStarted says that the sender needs nothing of replaced replicas any more.
type EpochStarted struct {
	View View `wire:"1"`
}

func init() {
	wire.Register[Prepare]("vr.Prepare")
	wire.Register[PrepareOK]("vr.PrepareOK")
	wire.Register[Commit]("vr.Commit")
	wire.Register[StartViewChange]("vr.StartViewChange")
	wire.Register[DoViewChange]("vr.DoViewChange")
	wire.Register[StartView]("vr.StartView")
	wire.Register[Recovery]("vr.Recovery")
	wire.Register[RecoveryResponse]("vr.RecoveryResponse")
	wire.Register[GetState]("vr.GetState")
	wire.Register[NewState]("vr.NewState")
	wire.Register[StartEpoch]("vr.StartEpoch")
	wire.Register[EpochStarted]("vr.EpochStarted")
}
