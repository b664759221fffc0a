package mapreducetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// LargeScaleLoss takes most of the workers away.
var LargeScaleLoss = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "large-scale-loss", Hosts: "23",
	Question: `Does a job survive the loss of most of its workers? Of twenty, none to sixteen go at one instant, by a
crash or cut off, for good or for a while (in the paper, groups of 80 machines of a cluster were unreachable for
minutes). The job ends with the right output, and all that the loss costs is time: it is slower than the same job
without the loss, and no slower than if the workers that stayed had done everything from that instant on.`,
	Canon: []string{"mapreduce.failure.large-scale-loss"},
	Params: []experiment.Param{
		{Name: "lost", Kind: experiment.Int, Doc: "workers that go, of 20; 0 to 16 if not set"},
	},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			t.options.Search = experiment.Swarm
			lost := t.set.Int("lost", sim.Choose(t.knobs, "lost", 0, 4, 8, 12, 16))
			base, err := t.lose(0)
			if err != nil {
				return err
			}
			with, err := t.lose(lost)
			if err != nil {
				return err
			}
			t.stats["fraction lost"] = float64(lost) / 20
			t.stats["seconds without loss"], t.stats["seconds"] = second(base), second(with)
			// A silent worker is noticed after DeadAfter, and waits of fetches add to that.
			if limit := base + base*20/time.Duration(20-lost) + 4*time.Second; with > limit {
				return fmt.Errorf("with %d of 20 workers lost it took %v, without %v: more than %v", lost, with, base, limit)
			}
			return nil
		})
	},
})

// lose runs the job and takes workers away at a drawn instant.
func (t *trial) lose(lost int) (elapsed time.Duration, err error) {
	k := t.knobs
	s := setup{
		pure: true, program: wordCountCombined, input: zipf(t.seed, 40, 3, 30), partitions: 3, workers: 20,
		worker: pace(40 * time.Millisecond),
	}
	at := k.Duration("at", 20*time.Millisecond, 250*time.Millisecond)
	crash, back := k.Chance("crash", 0.5), k.Chance("back", 0.5)
	return elapsed, t.world(sim.Config{}, s, func(c *Cluster) error {
		var gone []string
		for i := range lost {
			gone = append(gone, workerHost(19-i))
		}
		c.World.At(at, func() { c.goAway(gone, crash, back) })
		err := t.finish(c, time.Minute)
		elapsed = c.ended
		return err
	})
}

func (k *Cluster) goAway(hosts []string, crash, back bool) {
	if len(hosts) == 0 {
		return
	}
	const away = time.Second
	if !crash {
		lift := k.World.Cut(sim.Isolate(hosts...))
		if back {
			k.World.After(away, lift)
		}
		return
	}
	for _, h := range hosts {
		k.World.Host(h).Crash()
		if back {
			k.World.After(away, k.World.Host(h).Restart)
		}
	}
}

// MasterFails crashes the master in mid-job.
var MasterFails = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "master-fails", Hosts: "7",
	Question: `What if the one master fails? It crashes at a drawn moment of the job and restarts. Without checkpoints
the client is told that the job was aborted, and outputs that are there are whole. With checkpoints the next master
goes on: every task that was completed when the latest checkpoint but one began is still completed, the others run,
attempts that the old master ordered count for nothing, and the output is right.`,
	Canon:     []string{"mapreduce.master.failure-abort-or-checkpoint"},
	Sometimes: []string{aborted, resumed},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			k := t.knobs
			t.options.Search = experiment.Swarm
			var every time.Duration
			if k.Chance("checkpoints", 0.6) {
				every = k.Duration("every", 10*time.Millisecond, 150*time.Millisecond)
			}
			s := setup{
				pure: true, program: wordCountCombined, input: zipf(seed, k.Int("maps", 20, 30), 10, 60), partitions: 5, workers: 4,
				master: func(c *mapreduce.MasterConfig) {
					c.NoBackups, c.CheckpointEvery, c.PingEvery = true, every, 10*time.Millisecond
				},
				worker: pace(30 * time.Millisecond),
			}
			return t.world(sim.Config{}, s, func(c *Cluster) error {
				at := k.Duration("at", 50*time.Millisecond, 150*time.Millisecond)
				return t.crashMaster(c, every, at)
			})
		})
	},
})

const (
	aborted = "a job was aborted"
	resumed = "a job was resumed with work done"
)

func (t *trial) crashMaster(c *Cluster, every, at time.Duration) error {
	// What was completed when, to compare with what the next master finds.
	sure := 0
	c.World.OnEvent(func() {
		if c.World.Now() < at-2*every-30*time.Millisecond {
			sure = c.done(mapreduce.MapKind)
		}
	})
	if err := t.pass(c, at); err != nil {
		return err
	}
	c.World.Host(masterHost).Crash()
	c.World.After(t.knobs.Duration("down", time.Millisecond, 100*time.Millisecond), c.World.Host(masterHost).Restart)
	if every == 0 {
		if err := t.settle(c, time.Minute, c.finished); err != nil {
			return err
		}
		if c.watch.err != nil {
			return c.watch.err
		}
		if c.result == nil {
			return fmt.Errorf("the master failed after %v without checkpoints, and the client was told that all is well", at)
		}
		t.marks.Sometimes(aborted, true)
		return nil
	}
	found := -1
	c.World.OnEvent(func() {
		if m := c.Master(); found < 0 && m != nil && m.Phase() == mapreduce.Underway {
			found = c.done(mapreduce.MapKind)
		}
	})
	if err := t.finish(c, time.Minute); err != nil {
		return err
	}
	if found < sure {
		return fmt.Errorf("the next master has %d completed map tasks, of %d at the time of the checkpoint", found, sure)
	}
	if ran := c.status.Maps.Attempts - c.status.Redone - c.status.Expired; ran > len(c.Input)-found {
		return fmt.Errorf("%d map tasks ran under the next master, %d of %d had been completed", ran, found, len(c.Input))
	}
	t.marks.Sometimes(resumed, found > 0)
	return nil
}
