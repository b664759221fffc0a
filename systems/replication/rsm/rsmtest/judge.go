package rsmtest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
)

// Bounds of the search for an order, which can take very long. That the order of
// execution explains the history is proof enough.
const (
	porcupineMax = 300 * time.Millisecond
	searched     = 600 // operations
)

// judgeHistory has both judges look at what the clients saw (J5).
func (t *Trial) judgeHistory() error {
	if t.Load.Clients == 0 {
		return nil // what was executed came from a script
	}
	h := t.Clients.History.History()
	if t.Judges == nil {
		t.Judges = JudgesOf(check.Register())
	}
	order, search := t.Judges(h, t.Clients.Commits())
	if order.Verdict == check.Violation {
		return errors.New(order.String())
	}
	if search.Verdict == check.Violation {
		return fmt.Errorf("%v\nalthough the commit order explains the history: a judge is wrong", search)
	}
	return nil
}

// Judges give two judgements of a history, of which one knows the order of
// execution.
type Judges func(h History, commits []int) (order, search check.Judgement)

// JudgesOf returns the judges of a model of the history's operations.
func JudgesOf[S comparable](m check.Keyed[S]) Judges {
	return func(h History, commits []int) (order, search check.Judgement) {
		order = check.CommitOrder(m, h, commits)
		if order.Verdict == check.OK && len(h) <= searched {
			search = check.Linearizable(m, h, check.Options{Timeout: porcupineMax})
		}
		return order, search
	}
}
