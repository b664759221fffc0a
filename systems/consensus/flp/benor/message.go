package benor

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
)

// Value is 0 or 1, or Question in a proposal.
type Value uint8

// Question is the proposal of who has not seen a majority.
const Question Value = 2

// String returns 0, 1 or ?.
func (v Value) String() string {
	if v == Question {
		return "?"
	}
	return fmt.Sprint(uint8(v))
}

// Phase is one of the two of a round.
type Phase uint8

// The phases: (1, r, x) and (2, r, v) in the paper.
const (
	Reporting Phase = 1
	Proposing Phase = 2
)

// Vote is what a process says in a phase of a round.
type Vote struct {
	Round uint64 `wire:"1"` // from 1
	Phase Phase  `wire:"2"`
	Value Value  `wire:"3"`
	// Answer tells that the sender may be far ahead, and wants no answer.
	Answer bool `wire:"4"`
}

// step numbers phases from 0; ok is false for what no correct process says.
func (m *Vote) step() (step uint64, ok bool) {
	sane := m.Round >= 1 && m.Round <= maxRounds && (m.Phase == Reporting && m.Value <= 1 || m.Phase == Proposing && m.Value <= Question)
	return 2*(m.Round-1) + uint64(m.Phase) - 1, sane
}

// vote is the message that says v in a step.
func vote(step uint64, v Value, answer bool) *Vote {
	return &Vote{Round: step/2 + 1, Phase: Phase(step%2 + 1), Value: v, Answer: answer}
}

var _ = wire.Register[Vote]("benor.Vote")
