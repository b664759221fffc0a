package mapreducetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// pace makes bodies take a while.
func pace(d time.Duration) func(int, *mapreduce.WorkerConfig) {
	return func(_ int, c *mapreduce.WorkerConfig) {
		c.Pace = func(mapreduce.Work) time.Duration { return d }
	}
}

// Tasks counts who did what in a job without faults.
var Tasks = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "tasks", Hosts: "5",
	Question: `Is each task done once when nothing fails? One master, four workers, up to 40 map and 7 reduce tasks, no
faults and no backups. Each map task goes from idle to in progress to completed once, and each reduce task; every split
is counted once; each reduce task makes one fetch of each map task's region, M times R in all, of the worker that the
master names; there are R outputs. Workers that have a split on their disk are preferred, so most map tasks are local.`,
	Canon: []string{
		"mapreduce.input.tasks-and-master", "mapreduce.shuffle.remote-pull", "mapreduce.interface.map-and-reduce",
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			k := t.knobs
			s := setup{
				pure: true, program: sim.Choose(k, "program", wordCount, wordCountCombined, invertedIndex),
				input: zipf(seed, k.Int("maps", 8, 40), 5, 50), partitions: k.Int("partitions", 1, 7), workers: 4,
				place:  func(i int) []string { return []string{workerHost(i % 4)} },
				master: func(c *mapreduce.MasterConfig) { c.NoBackups = true }, worker: pace(5 * time.Millisecond),
			}
			return t.world(sim.Config{}, s, func(c *Cluster) error {
				if err := t.finish(c, time.Minute); err != nil {
					return err
				}
				return c.once(t)
			})
		})
	},
})

// once demands that every task was done once.
func (k *Cluster) once(t *trial) error {
	maps, reduces := len(k.Input), k.master.Job.Partitions
	for name, want := range map[string]int{
		"map idle to running": maps, "map running to done": maps, "map running to idle": 0, "map done to idle": 0,
		"reduce idle to running": reduces,
	} {
		if got := k.watch.counts[name]; got != want {
			return fmt.Errorf("%s happened %d times, want %d", name, got, want)
		}
	}
	if got, want := k.watch.fetches, maps*reduces; got != want {
		return fmt.Errorf("%d regions were fetched, want %d for each of %d reduce tasks", got, want, reduces)
	}
	outputs := k.World.Host(filesHost).Disk().Device().Files("files/files/")
	if len(outputs) != reduces || strings.Contains(strings.Join(outputs, " "), "/new/") {
		return fmt.Errorf("the file system has %v, want %d outputs and nothing else", outputs, reduces)
	}
	t.stats["local"] = float64(k.status.Local) / float64(maps)
	if k.status.Local*2 < maps {
		return fmt.Errorf("%d of %d map tasks ran where their split lies", k.status.Local, maps)
	}
	return nil
}
