package multipaxos

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Slot is the place of a command in the sequence that all replicas execute, from
// 1: an instance of consensus.
type Slot = rsm.Index

// Kind says what a value is for.
type Kind uint8

const (
	// Command is for the state machine.
	Command Kind = iota
	// Noop does nothing. It fills a slot that nothing may be known of.
	Noop
	// Reconfiguration holds a Configuration.
	Reconfiguration
)

func (k Kind) String() string { return [...]string{"command", "no-op", "reconfiguration"}[k] }

// Value is what is proposed for a slot.
type Value struct {
	Kind Kind   `wire:"1"`
	Data []byte `wire:"2"`
}

// size is what a value counts for in limits: its data and what is around it.
func (v *Value) size() int64 { return int64(len(v.Data)) + 16 }

// Vote is an acceptance that an acceptor tells of.
type Vote struct {
	Slot   Slot   `wire:"1"`
	Ballot Ballot `wire:"2"`
	Value  Value  `wire:"3"`
}

// Acceptor is one member of a Configuration.
type Acceptor struct {
	Addr node.Addr  `wire:"1"`
	ID   ProposerID `wire:"2"`
	// Learner: learns what is chosen, and nobody counts its votes.
	Learner bool `wire:"3"`
}

// Configuration is who accepts, from some slot on.
type Configuration struct {
	// Number counts configurations, from 0. One that does not follow the number
	// before it was proposed in ignorance of another, and is void.
	Number  uint64     `wire:"1"`
	Members []Acceptor `wire:"2"` // by address
	NextID  ProposerID `wire:"3"`
	// Alpha is how many slots behind its own a Reconfiguration takes effect. It is
	// the same in all configurations of a group.
	Alpha uint32 `wire:"4"`
}

// Prepare asks for a promise (phase 1a).
type Prepare struct {
	Ballot Ballot `wire:"1"`
	From   Slot   `wire:"2"` // in all slots from here on; the first slot of the page wanted
	// Over is the ballot whose leader asked the sender to take over: its lease is
	// no reason to refuse.
	Over Ballot `wire:"3"`
}

// Promise answers Prepare (phase 1b): the sender accepts nothing below Ballot any
// more, and has accepted Votes.
type Promise struct {
	Ballot Ballot `wire:"1"`
	From   Slot   `wire:"2"` // as asked
	Votes  []Vote `wire:"3"` // in the order of slots
	Next   Slot   `wire:"4"` // where the next page begins, 0 if this is the last
	More   bool   `wire:"5"` // the sender waits to be asked for the next
}

// Accept proposes values for consecutive slots (phase 2a).
type Accept struct {
	Ballot Ballot `wire:"1"`
	First  Slot   `wire:"2"` // of Values
	// Chosen: in all slots up to here a value is chosen; where the receiver has
	// accepted one of this ballot, it is that.
	Chosen Slot    `wire:"3"`
	Round  uint64  `wire:"4"` // comes back in Accepted
	Values []Value `wire:"5"`
}

// Accepted says what the sender has accepted in Ballot (phase 2b). It answers
// Accept and Heartbeat.
type Accepted struct {
	Ballot Ballot `wire:"1"`
	First  Slot   `wire:"2"` // from here
	Last   Slot   `wire:"3"` // to here, nothing if that is before First
	// Upto: and everything up to here, or knows it to be chosen.
	Upto  Slot   `wire:"4"`
	Round uint64 `wire:"5"`
	// Early: more has arrived, and is not on disk yet.
	Early bool `wire:"6"`
}

// Heartbeat is what a leader that has nothing to propose sends, so that others
// learn what is chosen, know that it lives, and notice what they have missed.
type Heartbeat struct {
	Ballot Ballot `wire:"1"`
	Chosen Slot   `wire:"2"`
	Round  uint64 `wire:"3"`
	Known  Slot   `wire:"4"` // the Upto that the receiver has answered with
}

// Refuse answers a message of a ballot below what was promised.
type Refuse struct {
	Ballot   Ballot `wire:"1"` // of the message
	Promised Ballot `wire:"2"`
}

// Known tells who seems not to know it that all slots up to Chosen are.
type Known struct {
	Chosen Slot `wire:"1"`
	Ask    bool `wire:"2"` // the sender wants a Known for an answer
}

// Fetch asks for the chosen values from a slot on.
type Fetch struct {
	From Slot `wire:"1"`
}

// Values answers Fetch.
type Values struct {
	First  Slot    `wire:"1"` // as asked
	Values []Value `wire:"2"`
	Chosen Slot    `wire:"3"` // as far as the sender knows
	// Checkpoint: the values are gone; a checkpoint has their effect.
	Checkpoint bool `wire:"4"`
}

// TakeOver asks the receiver to lead in place of the sender.
type TakeOver struct {
	Ballot Ballot `wire:"1"` // of the sender
	Chosen Slot   `wire:"2"`
}

func init() {
	wire.Register[Prepare]("multipaxos.Prepare")
	wire.Register[Promise]("multipaxos.Promise")
	wire.Register[Accept]("multipaxos.Accept")
	wire.Register[Accepted]("multipaxos.Accepted")
	wire.Register[Heartbeat]("multipaxos.Heartbeat")
	wire.Register[Refuse]("multipaxos.Refuse")
	wire.Register[Known]("multipaxos.Known")
	wire.Register[Fetch]("multipaxos.Fetch")
	wire.Register[Values]("multipaxos.Values")
	wire.Register[TakeOver]("multipaxos.TakeOver")
}
