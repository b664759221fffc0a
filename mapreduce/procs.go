package mapreduce

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// RunProcs runs a job on n worker processes of this machine, which share its budget of
// memory and its processors. worker returns the command of one (see Spawn).
func RunProcs(ctx context.Context, n int, spec []byte, plan Plan, o Options, worker func(memory int64, tasks int) *exec.Cmd) (Summary, error) {
	if n < 1 || n > 256 {
		return Summary{}, fmt.Errorf("%d worker processes: need 1 to 256", n)
	}
	o = o.withDefaults()
	tasks := max(1, o.Tasks/n)
	memory := max(o.Memory/int64(n), int64(fixedMemory+3*tasks*leastMemory))
	fleet, err := Spawn(n, func() *exec.Cmd { return share(worker(memory, tasks), max(tasks, runtime.GOMAXPROCS(0)/n)) })
	if err != nil {
		return Summary{}, err
	}
	s, err := RunOn(ctx, Cluster{Workers: fleet.Addresses, Spec: spec}, plan, o)
	return s, errors.Join(err, fleet.Close())
}

// share has a process use so many processors at a time. Processes each of which takes them
// all for the work beside its tasks (the collector, the scheduler) get in each other's way.
func share(cmd *exec.Cmd, processors int) *exec.Cmd {
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, fmt.Sprintf("GOMAXPROCS=%d", processors))
	return cmd
}
