package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/parleysystems/parley/mapreduce"
	"github.com/parleysystems/parley/mapreduce/jobs"
)

// failures measures what a worker costs that is killed, and one that is slow, with
// and without backup tasks. Work is the executions of tasks that were begun.
func failures(s *setup) error {
	const slow = 10 * time.Second
	fmt.Printf("\nfailures: words counted by four workers, a task at a time each\n%-44s %10s %12s\n", "", "wall s", "executions")
	for _, c := range []struct {
		name    string
		slow    time.Duration // of the first worker, a task
		kill    bool
		backups bool
	}{
		{"all well", 0, false, true},
		{"one killed when half of the maps are done", 0, true, true},
		{fmt.Sprintf("one takes %v longer a task, no backup tasks", slow), slow, false, false},
		{"the same with backup tasks", slow, false, true},
	} {
		var walls []time.Duration
		executions := 0
		for range s.rounds {
			wall, n, err := fleetRun(s, c.slow, c.kill, c.backups)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			walls, executions = append(walls, wall), executions+n
		}
		fmt.Printf("%-44s %10.2f %12.1f\n", c.name, medianOf(walls).Seconds(), float64(executions)/float64(s.rounds))
	}
	return nil
}

func medianOf(all []time.Duration) time.Duration {
	costs := make([]cost, len(all))
	for i, d := range all {
		costs[i].wall = d
	}
	return median(costs).wall
}

func fleetRun(s *setup, slow time.Duration, kill, backups bool) (time.Duration, int, error) {
	first := true
	fleet, err := mapreduce.Spawn(4, func() *exec.Cmd {
		cmd := exec.Command(s.parley, "mr", "worker", "--with-parent", "--tasks", "1", "--memory", "128MiB")
		if first && slow > 0 {
			cmd.Args = append(cmd.Args, "--slow", slow.String())
		}
		first = false
		cmd.Stderr = os.Stderr
		return cmd
	})
	if err != nil {
		return 0, 0, err
	}
	defer fleet.Close()
	spec := jobs.Spec{Job: "wordcount"}
	plan, err := jobs.Plan(spec)
	if err != nil {
		return 0, 0, err
	}
	o := mapreduce.Options{Inputs: s.text, Writer: io.Discard, SplitSize: 8 << 20, Partitions: 16, Temp: s.dir}
	executions := 0
	o.Progress = func(p mapreduce.Progress) {
		executions = p.Maps.Done + p.Maps.Running + p.Maps.Again + p.Reduces.Done + p.Reduces.Running + p.Reduces.Again
		if kill && 2*p.Maps.Done >= p.Maps.Done+p.Maps.Running+p.Maps.Waiting {
			kill = false
			_ = fleet.Processes[0].Signal(syscall.SIGKILL) // a worker that has ended costs as much
		}
	}
	summary, err := mapreduce.RunOn(context.Background(), mapreduce.Cluster{Workers: fleet.Addresses, Spec: spec.Encode(), NoBackups: !backups}, plan, o)
	return summary.Wall, executions, err
}
