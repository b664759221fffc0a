package check

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
)

// What is left out of a search must not be able to change its verdict (I3).
func TestUnknownOperationsAreLeftOutOnlyWhenTheySayNothing(t *testing.T) {
	op := func(call, ret time.Duration, verb workload.Verb, outcome workload.Outcome) workload.Operation[workload.Request, workload.Response] {
		return workload.Operation[workload.Request, workload.Response]{
			Call: call, Return: ret, Outcome: outcome, In: workload.Request{Verb: verb, Key: "x", Value: "a"},
		}
	}
	write := op(0, workload.Never, workload.Write, workload.Unknown)
	read := op(4, 5, workload.Read, workload.OK)
	kept := telling(Register(), []workload.Operation[workload.Request, workload.Response]{
		write,
		op(2, workload.Never, workload.Read, workload.Unknown),
		read,
		op(6, workload.Never, workload.Write, workload.Unknown),
	})
	if len(kept) != 2 || kept[0] != write || kept[1] != read {
		t.Errorf("kept %v, want the unknown write that may have been read, and the read", kept)
	}
}
