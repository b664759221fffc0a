package check_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/workload"
)

// Record what clients see, then ask whether it is linearizable. A read that
// comes after a write has returned may not miss it.
func ExampleLinearizable() {
	var now time.Duration
	history := workload.NewRecorder[workload.Request, workload.Response](func() time.Duration { return now })

	write := history.Invoke(1, workload.Request{Verb: workload.Write, Key: "x", Value: "new"})
	now = 3 * time.Millisecond
	history.OK(write, workload.Response{})

	read := history.Invoke(2, workload.Request{Verb: workload.Read, Key: "x"})
	now = 5 * time.Millisecond
	history.OK(read, workload.Response{Value: ""})

	fmt.Println(check.Linearizable(check.Register(), history.History(), check.Options{}))
	// Output:
	// linearizable: violation
	// key "x": no legal order of its operations agrees with real time
	// from the state "", in order:
	//   #0    client 1  [0.000000s .. 0.003000s]  write x new -> ok
	// cannot be placed:
	//   #1    client 2  [0.003000s .. 0.005000s]  read x -> (absent)
}

// An operation whose outcome nobody knows may have taken effect or not; one that
// failed may not.
func ExampleCommitOrder() {
	history := workload.NewRecorder[workload.Request, workload.Response](func() time.Duration { return 0 })
	timeout := history.Invoke(1, workload.Request{Verb: workload.Write, Key: "x", Value: "perhaps"})
	history.Lose(timeout, errors.New("timeout"))
	refused := history.Invoke(2, workload.Request{Verb: workload.Write, Key: "x", Value: "no"})
	history.Fail(refused, errors.New("no leader"))

	fmt.Println(check.CommitOrder(check.Register(), history.History(), []int{timeout}))
	fmt.Println(check.CommitOrder(check.Register(), history.History(), []int{timeout, refused}))
	// Output:
	// commit order: ok
	// commit order: violation
	// executed as commit 2, but its client was told that it would not be (no leader):
	//   #1    client 2  [0.000000s .. 0.000000s]  write x no -> ?
}
