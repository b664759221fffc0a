package mapreducetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// ReducersPersist watches the disks.
var ReducersPersist = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "reducers-persist", Hosts: "7",
	Question: `Does MapReduce survive failures because reducers put what they get on disk as it arrives? No. The disks are
looked at after every event: those who ran map tasks keep regions, and as long as a reducer fetches there is nothing on its disk
that it has fetched. A worker that has run no map task is killed in mid-shuffle: no map task runs again, its reduce
tasks run elsewhere and read everything once more from the disks of the mappers, and the output is right.`,
	Canon: []string{"mapreduce.claim.reducers-persist-on-arrival", "mapreduce.shuffle.remote-pull"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			t.options.Search = experiment.Swarm
			maps := t.knobs.Int("maps", 8, 16)
			s := setup{
				pure: true, program: sim.Choose(t.knobs, "program", wordCount, invertedIndex),
				input: zipf(seed, maps, 15, 60), partitions: 6, workers: 4, absent: 1,
				master: func(c *mapreduce.MasterConfig) { c.NoBackups, c.SlowStart = true, 1000 },
				worker: func(i int, c *mapreduce.WorkerConfig) {
					c.Credits, c.FetchMemory = 1, 1<<20
					if i == 3 {
						c.Master = masterAddr
					}
					c.Pace = func(mapreduce.Work) time.Duration { return 10 * time.Millisecond }
				},
			}
			return t.world(sim.Config{}, s, t.pulled)
		})
	},
})

func (t *trial) pulled(c *Cluster) error {
	// The last worker comes when all map tasks are done.
	late := c.World.Host(workerHost(3))
	late.Crash()
	if err := t.until(c, time.Minute, "the maps were never done", func() bool { return c.done(mapreduce.MapKind) == len(c.Input) }); err != nil {
		return err
	}
	late.Restart()
	var held error
	c.World.OnEvent(func() {
		for _, f := range late.Disk().Device().Files("files/worker/") {
			if c.watch.begun == 0 && !strings.Contains(f, "/map/") {
				held = fmt.Errorf("a reducer that still fetches has %s on its disk", f)
			}
		}
	})
	half := func() bool { return c.watch.by[workerHost(3)] >= 2 }
	if err := t.until(c, time.Minute, "the last worker fetched nothing", half); err != nil {
		return err
	}
	if held != nil {
		return held
	}
	for i := range 3 {
		if files := c.World.Host(workerHost(i)).Disk().Device().Files("files/worker/map/"); len(files) == 0 && c.watch.readers[workerHost(i)] > 0 {
			return fmt.Errorf("%s has no regions on its disk", workerHost(i))
		}
	}
	late.Crash()
	if err := t.finish(c, time.Minute); err != nil {
		return err
	}
	if c.status.Redone > 0 {
		return fmt.Errorf("%d map tasks ran again when a reducer failed", c.status.Redone)
	}
	if c.status.Reduces.Attempts <= c.master.Job.Partitions {
		return errors.New("no reduce task ran again")
	}
	return nil
}
