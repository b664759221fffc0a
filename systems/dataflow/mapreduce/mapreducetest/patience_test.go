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

// A round trip takes six times as long as the master waits for a sign of life, and most
// messages are lost. Workers and attempts are given up in error until the master's patience
// with each has grown, and no more after that.
func TestAMasterInAHurryLearnsPatience(t *testing.T) {
	const workers, lessons = 3, 5 // 2, 4, 8, 16 and 32 times as long
	r := try(1, experiment.Options{}, func(t *trial) error {
		s := setup{
			pure: true, program: wordCountCombined, input: zipf(1, 12, 4, 20), partitions: 3, workers: workers,
			master: func(c *mapreduce.MasterConfig) {
				c.PingEvery, c.DeadAfter, c.Lease, c.NoBackups = 10*time.Millisecond, 20*time.Millisecond, 20*time.Millisecond, true
			},
			worker: pace(50 * time.Millisecond),
		}
		link := sim.Link{Delay: sim.Constant(60 * time.Millisecond), Loss: 0.6}
		return t.world(sim.Config{Link: link}, s, func(c *Cluster) error {
			finished := func() bool { return c.Master().Phase() == mapreduce.Finished }
			if err := t.until(c, time.Minute, "the job did not end", finished); err != nil {
				return errors.Join(err, c.watch.err)
			}
			if n := c.Master().Status().WorkersLost; n == 0 || n > workers*lessons {
				return fmt.Errorf("workers were given up %d times in error, want 1 to %d", n, workers*lessons)
			}
			return nil
		})
	})
	if r.Verdict != check.OK {
		t.Error(r.Violation)
	}
}

// Where the network changes the order of messages, an output of many chunks is put together
// without waiting for any of them to be sent again.
func TestOutputsOutOfOrderAreNotSentAgain(t *testing.T) {
	const again = 20 * time.Second
	r := try(1, experiment.Options{}, func(t *trial) error {
		s := setup{
			pure: true, program: invertedIndex, input: zipf(1, 12, 30, 60), partitions: 1, workers: 2,
			master: func(c *mapreduce.MasterConfig) { c.NoBackups = true },
			worker: func(_ int, c *mapreduce.WorkerConfig) { c.Chunk, c.RetryAfter = 400, again },
		}
		link := sim.Link{Delay: sim.Uniform(time.Millisecond, 10*time.Millisecond), Reorder: 1}
		return t.world(sim.Config{Link: link}, s, func(c *Cluster) error {
			if err := t.finish(c, time.Minute); err != nil {
				return err
			}
			if n := c.watch.counts["send mapreduce.Put"]; n < 10 {
				return errors.New("the output was put in a few chunks only")
			}
			if c.ended >= again {
				return fmt.Errorf("it took %v", c.ended)
			}
			return nil
		})
	})
	if r.Verdict != check.OK {
		t.Error(r.Violation)
	}
}
