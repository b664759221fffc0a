package mapreduce

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
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
	fleet, err := Spawn(n, func() *exec.Cmd { return worker(memory, tasks) })
	if err != nil {
		return Summary{}, err
	}
	s, err := RunOn(ctx, Cluster{Workers: fleet.Addresses, Spec: spec}, plan, o)
	return s, errors.Join(err, fleet.Close())
}
