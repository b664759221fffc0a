package paxos

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Submit asks a proposer to put a value forward. The Outcome goes to ReplyTo, or
// to the sender if that is empty.
type Submit struct {
	Value   Value     `wire:"1"`
	ReplyTo node.Addr `wire:"2"`
}

// Outcome answers a Submit with the value that was chosen, which may be
// somebody else's. With Refused the submitted value was not put forward by this
// proposer, for the reason given.
type Outcome struct {
	Value   Value  `wire:"1"`
	Refused string `wire:"2"`
}

// Prepare asks for a promise to accept nothing numbered below Number.
type Prepare struct {
	Number Ballot `wire:"1"`
}

// Promise answers a Prepare. Accepted is the highest-numbered proposal that the
// acceptor has accepted, or zero.
type Promise struct {
	Number   Ballot   `wire:"1"`
	Accepted Proposal `wire:"2"`
}

// Accept asks to accept a proposal.
type Accept struct {
	Proposal Proposal `wire:"1"`
}

// Accepted says that the sender has accepted a proposal.
type Accepted struct {
	Proposal Proposal `wire:"1"`
}

// Reject says that a request came too late: its number is below what was
// promised.
type Reject struct {
	Number   Ballot `wire:"1"` // of the request
	Promised Ballot `wire:"2"`
}

// Decided says what was chosen.
type Decided struct {
	Value Value `wire:"1"`
}

// Inquire asks an acceptor what it has accepted, or a learner what it has
// learned. Who has nothing to say is silent.
type Inquire struct{}

// Renew asks a proposer to finish whatever may have been begun, or to say what was
// chosen if it knows. It proposes nothing if nobody has accepted anything.
type Renew struct{}

// Alive says that a proposer is there.
type Alive struct{}

var (
	_ = wire.Register[Submit]("paxos.Submit")
	_ = wire.Register[Outcome]("paxos.Outcome")
	_ = wire.Register[Prepare]("paxos.Prepare")
	_ = wire.Register[Promise]("paxos.Promise")
	_ = wire.Register[Accept]("paxos.Accept")
	_ = wire.Register[Accepted]("paxos.Accepted")
	_ = wire.Register[Reject]("paxos.Reject")
	_ = wire.Register[Decided]("paxos.Decided")
	_ = wire.Register[Inquire]("paxos.Inquire")
	_ = wire.Register[Renew]("paxos.Renew")
	_ = wire.Register[Alive]("paxos.Alive")
)
