package rotating

import "github.com/parleysystems/parley/kernel/wire"

// Round counts from 1.
type Round uint64

// Value is what is agreed on; it is not empty.
type Value string

// Estimate says that its sender has entered a round, and what it holds.
type Estimate struct {
	Round Round `wire:"1"`
	Value Value `wire:"2"`
	Of    Round `wire:"3"` // the round whose proposal it was; 0 for an input
}

// Propose is a coordinator's choice for its round.
type Propose struct {
	Round Round `wire:"1"`
	Value Value `wire:"2"`
}

// Ack says that a proposal has become its sender's estimate.
type Ack struct {
	Round Round `wire:"1"`
}

// Decide says what was decided.
type Decide struct {
	Value Value `wire:"1"`
}

// Alive is a heartbeat.
type Alive struct{}

// memory is a record of the log: all that a process must not forget.
type memory struct {
	Round    Round   `wire:"1"`
	Estimate Value   `wire:"2"`
	Of       Round   `wire:"3"`
	Proposed Propose `wire:"4"` // the last, as coordinator
	Decided  Value   `wire:"5"`
}

var (
	_ = wire.Register[Estimate]("rotating.Estimate")
	_ = wire.Register[Propose]("rotating.Propose")
	_ = wire.Register[Ack]("rotating.Ack")
	_ = wire.Register[Decide]("rotating.Decide")
	_ = wire.Register[Alive]("rotating.Alive")
)
