package mapreducetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// FullDisk fills the disks of workers.
var FullDisk = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "full-disk", Hosts: "7",
	Question: `Is a full disk the task's fault or the worker's? The disks of one to all of four workers have no room for what a map
task writes. As long as one has room the job ends with the right output, and no task is charged with a failure. If none
has, the job fails and says why, and nothing is half committed.`,
	Canon:     []string{"mapreduce.commit.map-completion"},
	Sometimes: []string{someFull, allFull},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			t.options.Search = experiment.Swarm
			full := sim.Choose(t.knobs, "full", 1, 2, 3, 4)
			s := setup{
				pure: true, program: wordCount, input: zipf(seed, t.knobs.Int("maps", 6, 12), 20, 60), partitions: 3, workers: 4,
				master: func(c *mapreduce.MasterConfig) { c.MaxAttempts = 1 }, worker: pace(5 * time.Millisecond),
			}
			return t.world(sim.Config{}, s, func(c *Cluster) error {
				for i := range full {
					c.World.Host(workerHost(i)).Disk().SetFull(int64(t.knobs.Int("room", 0, 60)))
				}
				if full < 4 {
					err := t.finish(c, time.Minute)
					t.marks.Sometimes(someFull, c.status.Full > 0)
					return err
				}
				if err := t.settle(c, time.Minute, c.finished); err != nil {
					return err
				}
				t.marks.Sometimes(allFull, true)
				if !errors.Is(c.result, mapreduce.ErrFailed) || !strings.Contains(c.result.Error(), "room") {
					return fmt.Errorf("no worker has room, and the client was told %v", c.result)
				}
				return c.watch.err
			})
		})
	},
})

const (
	someFull = "a worker was full and others were not"
	allFull  = "all workers were full"
)

// Membership has workers come and go.
var Membership = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "membership", Hosts: "9",
	Question: `May workers come and go in mid-job? A job begins with two of six workers. The others join one by one and are given
tasks; one of the first says that it leaves, and what it had is made again at once, without the wait for its silence. The output is
right, and with the help of those who came the job is faster than without it.`,
	Canon:     []string{"mapreduce.semantics.sequential-equivalence"},
	Sometimes: []string{helped},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			t.options.Search = experiment.Swarm
			alone, err := t.staffed(false)
			if err != nil {
				return err
			}
			with, err := t.staffed(true)
			if err != nil {
				return err
			}
			t.stats["seconds with two"], t.stats["seconds with those who joined"] = second(alone), second(with)
			if with >= alone {
				return fmt.Errorf("with four more workers it took %v, without %v", with, alone)
			}
			t.marks.Sometimes(helped, true)
			return nil
		})
	},
})

const helped = "those who joined were of help"

func (t *trial) staffed(joined bool) (elapsed time.Duration, err error) {
	s := setup{
		pure: true, program: wordCountCombined, input: zipf(t.seed, 24, 4, 30), partitions: 4, workers: 6, absent: 4,
		master: func(c *mapreduce.MasterConfig) { c.NoBackups, c.DeadAfter = true, 10*time.Second },
		worker: func(i int, c *mapreduce.WorkerConfig) {
			if i >= 2 {
				c.Master = masterAddr
			}
			c.Pace = func(mapreduce.Work) time.Duration { return 20 * time.Millisecond }
		},
	}
	return elapsed, t.world(sim.Config{}, s, func(c *Cluster) error {
		for i := 2; i < 6; i++ {
			h := c.World.Host(workerHost(i))
			h.Crash()
			if joined {
				c.World.At(time.Duration(20*i)*time.Millisecond, h.Restart)
			}
		}
		leaves := t.knobs.Duration("leaves", 60*time.Millisecond, 120*time.Millisecond)
		if joined {
			c.World.At(leaves, func() {
				c.World.Do(c.Workers[0], func(n node.Node) { n.(*mapreduce.Worker).Leave() })
			})
		}
		err := t.finish(c, time.Minute)
		elapsed = c.ended
		if err == nil && joined && c.status.WorkersLost != 1 {
			err = fmt.Errorf("one worker has left, and the master gave %d up", c.status.WorkersLost)
		}
		return err
	})
}
