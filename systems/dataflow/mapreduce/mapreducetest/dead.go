package mapreducetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// The ways in which DeadWorker has a worker fail.
const (
	mapsDone    = "it dies with completed maps that no reducer has read"
	halfRead    = "it dies in mid-shuffle, when some reducers have read its regions"
	reducesDone = "it dies with a completed reduce, while it runs another"
	cutOff      = "it lives, and its answers are late"
)

// DeadWorker lets one worker fail at a chosen moment.
var DeadWorker = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "dead-worker", Hosts: "6 to 8",
	Question: `What becomes of a dead worker's tasks? One worker fails, for good, at a chosen moment. If it had completed
maps that no reducer has read, exactly these run again elsewhere. In mid-shuffle, reducers that have read its regions
do not read them again, others read the copies of whoever runs those maps next. A reduce task that it had completed is
not run again, the one that it was running is. If it lives and is merely cut off from the master for longer than the
master waits, its tasks are handed out again, and what it says when it is back changes nothing. The output is right.`,
	Canon: []string{
		"mapreduce.failure.ping-detection", "mapreduce.failure.map-worker-redo-completed",
		"mapreduce.failure.reduce-worker-keep-completed", "mapreduce.failure.redirect-reducers",
	},
	Sometimes: []string{mapsDone, halfRead, reducesDone, cutOff},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			way := sim.Choose(t.knobs, "way", mapsDone, halfRead, reducesDone, cutOff)
			t.options.Search = experiment.Swarm
			workers := t.knobs.Int("workers", 3, 5)
			s := setup{
				pure: true, program: wordCount, input: zipf(seed, t.knobs.Int("maps", 10, 20), 20, 60),
				partitions: 2 * workers, workers: workers,
				master: func(c *mapreduce.MasterConfig) {
					c.NoBackups, c.SlowStart = true, 1000
				},
				worker: func(_ int, c *mapreduce.WorkerConfig) {
					c.Credits = 1
					c.Pace = func(w mapreduce.Work) time.Duration {
						return time.Duration(5+15*int(w.Kind)) * time.Millisecond
					}
				},
			}
			return t.world(sim.Config{}, s, func(c *Cluster) error { return t.kill(c, way) })
		})
	},
})

// victim is the worker that fails.
const victim = 0

func (t *trial) kill(c *Cluster, way string) error {
	ready := map[string]func() bool{
		mapsDone:    func() bool { return c.done(mapreduce.MapKind) == len(c.Input) },
		halfRead:    c.halfRead,
		reducesDone: func() bool { return c.held(mapreduce.ReduceKind) > 0 && c.running(mapreduce.ReduceKind) > 0 },
		cutOff:      func() bool { return c.held(mapreduce.MapKind) > 0 && c.running(mapreduce.MapKind) > 0 },
	}[way]
	if err := t.until(c, time.Minute, "the moment never came: "+way, ready); err != nil {
		return err
	}
	if c.watch.err != nil {
		return c.watch.err
	}
	maps, reduces := c.held(mapreduce.MapKind), c.watch.counts["reduce running to done"]
	if way == cutOff {
		lift := c.World.Cut(sim.OneWay([]string{workerHost(victim)}, []string{masterHost}))
		if err := t.pass(c, 2*c.master.DeadAfter); err != nil {
			return err
		}
		lift()
	} else {
		c.World.Host(workerHost(victim)).Crash()
	}
	if err := t.finish(c, time.Minute); err != nil {
		return err
	}
	t.marks.Sometimes(way, true)
	if c.status.WorkersLost == 0 {
		return errors.New("the master never gave the worker up")
	}
	redo := c.watch.counts["map done to idle"] + c.watch.counts["map done to running"]
	if way != cutOff && redo != maps {
		return fmt.Errorf("%d completed map tasks ran again, want the %d of the worker that died", redo, maps)
	}
	if done := c.watch.counts["reduce running to done"]; done != c.master.Job.Partitions {
		return fmt.Errorf("reduce tasks were completed %d times, want %d (%d before the death)", done, c.master.Job.Partitions, reduces)
	}
	return nil
}

func (k *Cluster) done(kind mapreduce.Kind) int {
	if m := k.Master(); m != nil && m.Table(kind) != nil {
		return m.Table(kind).Done()
	}
	return 0
}

// held counts the completed tasks of the victim.
func (k *Cluster) held(kind mapreduce.Kind) (n int) {
	m := k.Master()
	if m == nil || m.Table(kind) == nil {
		return 0
	}
	if kind == mapreduce.MapKind {
		for i := range k.Input {
			if m.Place(i).Worker == k.Workers[victim] {
				n++
			}
		}
		return n
	}
	for i := range m.Table(kind).Len() {
		if m.Table(kind).State(i) == task.Done && k.watch.winners[i] == k.Workers[victim].Host() {
			n++
		}
	}
	return n
}

// running counts the victim's attempts.
func (k *Cluster) running(kind mapreduce.Kind) (n int) {
	for _, a := range k.Master().Table(kind).Attempts() {
		if a.Worker == k.Workers[victim] {
			n++
		}
	}
	return n
}

// halfRead tells whether of the victim's regions some were read and some were not.
func (k *Cluster) halfRead() bool {
	if k.watch.begun > 0 {
		return false
	}
	return k.watch.readers[k.Workers[victim].Host()] > 0 && k.held(mapreduce.MapKind) > 0
}
