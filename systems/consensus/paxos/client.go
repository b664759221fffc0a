package paxos

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
)

// ErrRefused says that no proposer took the value: it was surely not put
// forward.
var ErrRefused = errors.New("value refused")

// Propose puts a value forward and returns the one that was chosen, which may
// be another. It asks the proposers in turn, each for as long as turn, and
// gives up with node.ErrTimeout after all have been asked rounds times; whether
// the value is, or will be, chosen is unknown then.
func Propose(t node.Task, proposers []node.Addr, v Value, turn time.Duration, rounds int) (Value, error) {
	refused := ErrRefused
	for i := range rounds * len(proposers) {
		answer, err := t.Call(proposers[i%len(proposers)], &Submit{Value: v}, turn)
		o, ok := answer.(*Outcome)
		switch {
		case err != nil || !ok:
			refused = nil // somebody may have it
		case o.Refused == "":
			return o.Value, nil
		case refused != nil:
			refused = fmt.Errorf("%w by %s: %s", ErrRefused, proposers[i%len(proposers)], o.Refused)
		}
	}
	if refused != nil {
		return "", refused
	}
	return "", fmt.Errorf("paxos: propose %.32q: %w", string(v), node.ErrTimeout)
}
