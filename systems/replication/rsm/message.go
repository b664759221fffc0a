package rsm

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

func init() {
	wire.Register[Forward]("rsm.Forward")
	wire.Register[Request]("rsm.Request")
	wire.Register[Response]("rsm.Response")
	wire.Register[Commands]("rsm.Commands")
	wire.Register[Executed]("rsm.Executed")
	wire.Register[Questions]("rsm.Questions")
	wire.Register[Answers]("rsm.Answers")
	wire.Register[Refused]("rsm.Refused")
	wire.Register[Administer]("rsm.Administer")
	wire.Register[Administered]("rsm.Administered")
}

// Forward carries commands from a replica that does not lead to the one that
// does. Nobody answers it: the sender sees its commands come back as applied,
// or forwards them again.
type Forward struct {
	// Batch is commands as they will stand in the log (see batch.go).
	Batch []byte `wire:"1"`
}

// Request asks a replica to execute a command, open a session, or answer a
// question. The answer is one Response, sent to where the request came from.
type Request struct {
	Kind    Kind   `wire:"1"`
	Session uint64 `wire:"2"` // of a command
	Seq     uint64 `wire:"3"` // of a command; of OpenSession, a random number
	Acked   uint64 `wire:"4"` // all results up to this one have arrived
	Level   Level  `wire:"5"` // of a question
	// Body is the command; the question, as wire.Marshal gives it; or nothing.
	Body []byte `wire:"6"`
}

// Kind says what a Request wants.
type Kind uint8

const (
	Command Kind = iota
	OpenSession
	Question
)

// Response answers a Request.
type Response struct {
	Code Code `wire:"1"`
	// Result is the command's result, the answer as wire.Marshal gives it, or
	// empty.
	Result  []byte `wire:"2"`
	Session uint64 `wire:"3"` // the one that was opened
	// Leader is, with ErrNotLeader, whom to ask instead; "" if unknown.
	Leader node.Addr `wire:"4"`
}

// Commands asks the leader to execute many commands of one session. What was
// executed is told by Executed, as it happens and in any number of messages;
// Refused says that nothing of the message was taken.
type Commands struct {
	ID uint64 `wire:"1"` // of the message; not 0
	// Batch is the commands as they will stand in the log (see batch.go).
	Batch []byte `wire:"2"`
}

// Executed tells the results of some commands of a session.
type Executed struct {
	Session  uint64 `wire:"1"`
	Outcomes []byte `wire:"2"` // see packed.go
}

// Questions asks many questions at one level, answered together by Answers or
// Refused. Only for level Serializable will any replica do.
type Questions struct {
	ID    uint64 `wire:"1"` // of the message; not 0
	Level Level  `wire:"2"`
	Batch []byte `wire:"3"` // see packed.go
}

// Answers answers Questions, in their order.
type Answers struct {
	ID    uint64 `wire:"1"`
	Batch []byte `wire:"2"` // see packed.go
}

// Refused answers a message of Commands or Questions that was not taken.
type Refused struct {
	// ID is the message's, or 0 for all that were sent here before: then some
	// of their commands may be executed nevertheless.
	ID   uint64 `wire:"1"`
	Code Code   `wire:"2"`
	// Leader is whom to ask instead; "" if unknown.
	Leader node.Addr `wire:"3"`
}

// Administer asks the leader for a change of membership (Members is not empty)
// or of leadership.
type Administer struct {
	Members  []Member  `wire:"1"`
	Transfer node.Addr `wire:"2"`
}

// Administered answers Administer.
type Administered struct {
	Code Code `wire:"1"`
}
