package paxos

import (
	"cmp"
	"fmt"
)

// Ballot is the number of a proposal. Ballots are ordered by round, and within
// one by proposer: no two proposers can have the same (I5). The zero Ballot is
// below all others and stands for none.
type Ballot struct {
	Round    uint64 `wire:"1"`
	Proposer uint16 `wire:"2"` // place in Config.Proposers, from 1
}

// Compare orders ballots.
func (b Ballot) Compare(c Ballot) int {
	return cmp.Or(cmp.Compare(b.Round, c.Round), cmp.Compare(b.Proposer, c.Proposer))
}

// Less tells whether b is below c.
func (b Ballot) Less(c Ballot) bool { return b.Compare(c) < 0 }

// IsZero tells whether b stands for none.
func (b Ballot) IsZero() bool { return b == Ballot{} }

// String returns the ballot as round.proposer.
func (b Ballot) String() string { return fmt.Sprintf("%d.%d", b.Round, b.Proposer) }

// Above returns the least ballot of a proposer that is above another ballot.
func Above(b Ballot, proposer uint16) Ballot {
	//parley:rule paxos.number.unique-and-increasing value=Ballot{b.Round+1,1}
	return Ballot{Round: b.Round + 1, Proposer: proposer}
}

// Value is what is agreed on: at most MaxValue bytes, and not empty.
type Value string

// MaxValue is the length of the longest value, in bytes.
const MaxValue = 1 << 20

// Proposal is a value put forward under a number. The zero Proposal is none.
type Proposal struct {
	Number Ballot `wire:"1"`
	Value  Value  `wire:"2"`
}

// IsZero tells whether p stands for none.
func (p Proposal) IsZero() bool { return p.Number.IsZero() }

// String returns the proposal as number:value.
func (p Proposal) String() string { return fmt.Sprintf("%v:%.32q", p.Number, string(p.Value)) }
