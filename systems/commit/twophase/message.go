package twophase

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

func init() {
	wire.Register[Begin]("twophase.Begin")
	wire.Register[Begun]("twophase.Begun")
	wire.Register[Execute]("twophase.Execute")
	wire.Register[Executed]("twophase.Executed")
	wire.Register[Finish]("twophase.Finish")
	wire.Register[Outcome]("twophase.Outcome")
	wire.Register[Prepare]("twophase.Prepare")
	wire.Register[Voted]("twophase.Voted")
	wire.Register[Commit]("twophase.Commit")
	wire.Register[Abort]("twophase.Abort")
	wire.Register[Ack]("twophase.Ack")
	wire.Register[Inquire]("twophase.Inquire")
	wire.Register[Status]("twophase.Status")
}

// Begin asks a coordinator for a transaction.
type Begin struct{}

// Begun answers Begin.
type Begun struct {
	Tx TxID `wire:"1"`
	// Refused says why there is none; "" if there is.
	Refused string `wire:"2"`
}

// Execute asks a participant to carry out an operation of a transaction.
type Execute struct {
	Tx TxID `wire:"1"`
	// Seq numbers the transaction's operations at this participant, from 1.
	Seq  uint64 `wire:"2"`
	Body []byte `wire:"3"`
}

// Executed answers Execute.
type Executed struct {
	Result []byte `wire:"1"`
	// Wrote tells that some operation of the transaction here changes something.
	Wrote bool `wire:"2"`
	// Refused says why the operation was not carried out; the transaction cannot
	// commit then.
	Refused string `wire:"3"`
}

// Finish asks a coordinator to commit a transaction, or to abort it.
type Finish struct {
	Tx       TxID     `wire:"1"`
	Commit   bool     `wire:"2"`
	Branches []Branch `wire:"3"`
}

// Outcome answers Finish: Committed, Aborted, or Forgotten.
type Outcome struct {
	Tx       TxID     `wire:"1"`
	Decision Decision `wire:"2"`
}

// Prepare opens the first phase: can you commit?
type Prepare struct {
	Tx       TxID    `wire:"1"`
	Variant  Variant `wire:"2"`
	Ops      uint64  `wire:"3"` // of the receiver's branch
	ReadOnly bool    `wire:"4"` // the receiver's branch
	// Peers are the participants whose branches change something, whom one in
	// doubt may ask; Deputies are coordinators that share the sender's journal.
	Peers    []node.Addr `wire:"5"`
	Deputies []node.Addr `wire:"6"`
	// Mark: all of this coordinator's transactions before it are over, and
	// nobody who voted yes is still in doubt about one, but for what the variant
	// presumes.
	Mark TxID `wire:"7"`
}

// Voted answers Prepare.
type Voted struct {
	Tx   TxID `wire:"1"`
	Vote Vote `wire:"2"`
}

// Commit opens the second phase after unanimous votes.
type Commit struct {
	Tx  TxID `wire:"1"`
	Ack bool `wire:"2"` // the receiver is to acknowledge
}

// Abort opens the second phase otherwise.
type Abort struct {
	Tx  TxID `wire:"1"`
	Ack bool `wire:"2"`
}

// Ack says that a decision is in the participant's log.
type Ack struct {
	Tx TxID `wire:"1"`
}

// Inquire is sent by a participant in doubt, to its coordinator and to its peers.
type Inquire struct {
	Tx      TxID    `wire:"1"`
	Variant Variant `wire:"2"`
}

// Status answers Inquire. Undecided teaches nothing: a peer voted yes as well, or
// the coordinator still counts.
type Status struct {
	Tx       TxID     `wire:"1"`
	Decision Decision `wire:"2"`
}
