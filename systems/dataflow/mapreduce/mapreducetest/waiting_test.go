package mapreducetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Reduce tasks are handed out early, to fetch while maps run. That they wait for the maps
// makes no stragglers of them.
func TestReduceTasksThatWaitForMapsGetNoBackups(t *testing.T) {
	for seed := uint64(1); seed <= 5; seed++ {
		r := try(seed, experiment.Options{}, func(t *trial) error {
			s := setup{
				pure: true, program: wordCountCombined, input: zipf(seed, 24, 2, 20), partitions: 1, workers: 4,
				master: func(c *mapreduce.MasterConfig) { c.SlowStart, c.DeadAfter = 50, 5*time.Second },
				worker: func(i int, c *mapreduce.WorkerConfig) {
					c.Pace = func(w mapreduce.Work) time.Duration {
						if w.Kind == mapreduce.MapKind {
							return 200 * time.Millisecond
						}
						return 60 * time.Millisecond
					}
				},
			}
			return t.world(sim.Config{}, s, func(c *Cluster) error {
				if err := t.finish(c, time.Minute); err != nil {
					return err
				}
				if c.status.Reduces.Slowest == 0 {
					return errors.New("no reduce task was timed")
				}
				if n := c.status.Backups; n > 0 || c.status.Reduces.Slowest > 200*time.Millisecond {
					return fmt.Errorf("%d backups of tasks that wait, the slowest of which took %v", n, c.status.Reduces.Slowest)
				}
				return nil
			})
		})
		if r.Verdict != check.OK {
			t.Errorf("seed %d: %s", seed, r.Violation)
		}
	}
}
