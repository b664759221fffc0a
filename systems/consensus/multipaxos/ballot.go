package multipaxos

import "fmt"

// ProposerID tells proposers apart in ballots. Configurations hand them out, from
// 1, and never one twice.
type ProposerID uint32

// Ballot numbers proposals (PMS §2.2): a round in the upper bits, in the lower the
// proposer's number, so that no two proposers share one. Ballots are ordered as
// numbers; zero is below all.
type Ballot uint64

const (
	idBits = 20
	maxID  = ProposerID(1)<<idBits - 1

	// decided is the ballot of a value that was learned rather than accepted: no
	// proposal with another value will ever be made.
	decided = ^Ballot(0)
)

func ballotOf(round uint64, id ProposerID) Ballot { return Ballot(round)<<idBits | Ballot(id) }

// Round returns the part that counts up.
func (b Ballot) Round() uint64 { return uint64(b >> idBits) }

// Proposer returns whose ballot it is.
func (b Ballot) Proposer() ProposerID { return ProposerID(b) & maxID }

// above returns a proposer's least ballot in a later round.
func (b Ballot) above(id ProposerID) Ballot { return ballotOf(b.Round()+1, id) }

func (b Ballot) String() string { return fmt.Sprintf("%d.%d", b.Round(), b.Proposer()) }
