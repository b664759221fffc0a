package raft

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Term numbers leaderships: it only rises, and has one leader at most (§5.1).
type Term uint64

// Index is the place of an entry in the log, from 1.
type Index = rsm.Index

// EntryKind says what an entry is for.
type EntryKind uint8

const (
	// CommandEntry is for the state machine.
	CommandEntry EntryKind = iota
	// NoOpEntry is what a leader begins its term with (§8).
	NoOpEntry
	// ConfigurationEntry holds a Configuration, in force once it is in the log (§6).
	ConfigurationEntry
)

// Entry is one place of the log; its index follows from where it stands.
type Entry struct {
	Term Term      `wire:"1"` // of the leader that created it
	Kind EntryKind `wire:"2"`
	Data []byte    `wire:"3"`
}

// size is what an entry counts for in limits, in bytes.
func (e *Entry) size() int64 { return int64(len(e.Data)) + 48 }

// RequestVote asks for a vote, or with Pre, whether a vote would be given.
type RequestVote struct {
	// Term is the candidate's; with Pre the one that it would campaign in.
	Term      Term  `wire:"1"`
	LastIndex Index `wire:"2"` // the candidate's last entry
	LastTerm  Term  `wire:"3"`
	Pre       bool  `wire:"4"`
	// Transfer: the leader asked for this election, so who heard of it lately
	// need not refuse.
	Transfer bool `wire:"5"`
}

// RequestVoteReply answers RequestVote.
type RequestVoteReply struct {
	Term    Term `wire:"1"` // the voter's
	Granted bool `wire:"2"`
	Pre     bool `wire:"3"`
	Asked   Term `wire:"4"` // the request's
}

// AppendEntries replicates entries; without any it is a heartbeat.
type AppendEntries struct {
	Term      Term    `wire:"1"`
	PrevIndex Index   `wire:"2"` // the entry just before Entries
	PrevTerm  Term    `wire:"3"`
	Commit    Index   `wire:"4"` // the leader's commit index
	Round     uint64  `wire:"5"` // comes back in the reply
	Known     Index   `wire:"6"` // the follower acknowledged everything up to here
	Entries   []Entry `wire:"7"`
}

// AppendEntriesReply answers AppendEntries.
type AppendEntriesReply struct {
	Term     Term `wire:"1"`
	Rejected bool `wire:"2"`
	// Index is the last entry verified to equal the leader's, or, if Rejected,
	// the PrevIndex that was rejected.
	Index Index  `wire:"3"`
	Round uint64 `wire:"4"`
	// If Rejected: the follower's last entry that may match, by its term.
	HintIndex Index `wire:"5"`
	HintTerm  Term  `wire:"6"`
}

// InstallSnapshot carries a piece of a snapshot to a follower that needs
// entries which the leader has dropped (§7).
type InstallSnapshot struct {
	Term   Term   `wire:"1"`
	Index  Index  `wire:"2"` // the last entry that the snapshot reflects
	Last   Term   `wire:"3"` // its term
	Size   int64  `wire:"4"` // of the whole file, in bytes
	Offset int64  `wire:"5"` // of Data in the file
	Data   []byte `wire:"6"`
	Round  uint64 `wire:"7"`
}

// InstallSnapshotReply answers InstallSnapshot.
type InstallSnapshotReply struct {
	Term  Term   `wire:"1"`
	Index Index  `wire:"2"`
	Next  int64  `wire:"3"` // the offset that the follower wants next
	Done  bool   `wire:"4"` // it has the state up to Index, durably
	Round uint64 `wire:"5"`
	Gap   bool   `wire:"6"` // the piece was one behind that: others were lost, or overtaken
}

// TimeoutNow tells a follower that it may campaign at once.
type TimeoutNow struct {
	Term Term `wire:"1"`
}

// ReadIndex asks the leader for an index such that a state that reflects it is
// fresh enough for the reads behind the request.
type ReadIndex struct {
	Term  Term   `wire:"1"`
	ID    uint64 `wire:"2"`
	Lease bool   `wire:"3"` // the leader's lease is proof enough
}

// ReadIndexReply answers ReadIndex.
type ReadIndexReply struct {
	Term  Term   `wire:"1"`
	ID    uint64 `wire:"2"`
	Index Index  `wire:"3"`
}

// Configuration is the membership: one set of voters, or during a change two,
// both of which must agree (§6).
type Configuration struct {
	Voters   []node.Addr `wire:"1"`
	Old      []node.Addr `wire:"2"` // the voters before; empty unless joint
	Learners []node.Addr `wire:"3"`
}

func init() {
	wire.Register[RequestVote]("raft.RequestVote")
	wire.Register[RequestVoteReply]("raft.RequestVoteReply")
	wire.Register[AppendEntries]("raft.AppendEntries")
	wire.Register[AppendEntriesReply]("raft.AppendEntriesReply")
	wire.Register[InstallSnapshot]("raft.InstallSnapshot")
	wire.Register[InstallSnapshotReply]("raft.InstallSnapshotReply")
	wire.Register[TimeoutNow]("raft.TimeoutNow")
	wire.Register[ReadIndex]("raft.ReadIndex")
	wire.Register[ReadIndexReply]("raft.ReadIndexReply")
}
