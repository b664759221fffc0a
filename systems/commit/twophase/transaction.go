package twophase

import (
	"cmp"
	"fmt"

	"github.com/parleysystems/parley/node"
)

// TxID names a transaction. No two carry one: an incarnation of a coordinator is
// opened in its journal before the first message with it leaves.
type TxID struct {
	Coordinator node.Addr `wire:"1"`
	Incarnation uint64    `wire:"2"` // of the coordinator, from 1
	Number      uint64    `wire:"3"` // in that incarnation, from 1
}

// String returns "c/coordinator:2.7".
func (id TxID) String() string {
	return fmt.Sprintf("%s:%d.%d", id.Coordinator, id.Incarnation, id.Number)
}

// Compare orders transactions by coordinator, and those of one by age.
func (id TxID) Compare(other TxID) int {
	return cmp.Or(cmp.Compare(id.Coordinator, other.Coordinator),
		cmp.Compare(id.Incarnation, other.Incarnation), cmp.Compare(id.Number, other.Number))
}

// Decision is what becomes of a transaction.
type Decision uint8

// The decisions. Forgotten is an answer: the transaction is over, and it is not
// known any more how it ended.
const (
	Undecided Decision = iota
	Committed
	Aborted
	Forgotten
)

func (d Decision) String() string {
	names := [...]string{"undecided", "committed", "aborted", "forgotten"}
	if int(d) < len(names) {
		return names[d]
	}
	return fmt.Sprintf("decision %d", d)
}

// Vote is a participant's answer to Prepare.
type Vote uint8

// The votes. A read-only voter has changed nothing, is through, and takes no
// part in the second phase.
const (
	NoVote Vote = iota
	Yes
	No
	ReadOnly
)

func (v Vote) String() string {
	names := [...]string{"no vote", "yes", "no", "read-only"}
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("vote %d", v)
}

// Variant says what is logged, and what is acknowledged, so that a coordinator
// can forget a transaction and still answer whoever is in doubt about it (Mohan,
// Lindsay and Obermarck 1986, sections 2 to 4).
type Variant uint8

// The variants. What a coordinator does not know it presumes, so only the other
// decision must be acknowledged by everybody before it is forgotten; Basic has
// both acknowledged.
const (
	PresumedAbort Variant = iota
	PresumedCommit
	Basic
)

func (v Variant) String() string {
	names := [...]string{"presumed abort", "presumed commit", "basic"}
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("variant %d", v)
}

// Acknowledged tells whether participants acknowledge a decision.
func (v Variant) Acknowledged(d Decision) bool {
	switch v {
	case PresumedAbort:
		return d == Committed
	case PresumedCommit:
		return d == Aborted
	}
	return true
}

// Presumes returns what a coordinator answers about a transaction that it does
// not know, to somebody who voted yes and is in doubt.
func (v Variant) Presumes() Decision {
	if v == PresumedCommit {
		return Committed
	}
	//parley:rule twophase.recovery.coordinator value=Committed
	return Aborted
}

// Branch is the part of a transaction at one participant.
type Branch struct {
	Participant node.Addr `wire:"1"`
	// Ops is how many operations it has executed: one that has forgotten some of
	// them, in a crash, must not vote yes.
	Ops uint64 `wire:"2"`
	// ReadOnly tells that none of them changed anything.
	ReadOnly bool `wire:"3"`
}
