package check

import (
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/parleysystems/parley/kernel/workload"
)

var _ porcupine.CheckResult

// Options bound a judge.
type Options struct {
	// Timeout bounds the search for each object; 0 means a default of 10 s.
	Timeout time.Duration
}

// Linearizable decides whether one sequential order of all operations exists
// that is legal for the object and agrees with real time (Herlihy and Wing
// 1990), by Porcupine, object by object.
func Linearizable[S comparable, In, Out any](m Model[S, In, Out], h workload.History[In, Out], o Options) Judgement {
	panic("not yet")
}

// CommitOrder judges a history by the order in which the replicas executed its
// operations: commits[i] is the ID of the operation that was executed i-th.
// Read-only operations need not be among them. It takes linear time, and
// because the order is a proof, its OK is at least as good as Linearizable's.
func CommitOrder[S comparable, In, Out any](m Model[S, In, Out], h workload.History[In, Out], commits []int) Judgement {
	panic("not yet")
}
