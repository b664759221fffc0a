package mapreducetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// What a campaign of Equivalence must have seen.
const (
	redone       = "completed maps were done again"
	restarted    = "a master went on from a checkpoint"
	backedUp     = "a backup was first"
	several      = "a map task spilled more than once"
	fenced       = "a worker was given up wrongly"
	onDisk       = "regions did not fit into a reducer's memory"
	notDefaults  = "a combiner ran"
	whereTheyLie = "regions were read where they lie"
)

// Equivalence is the experiment that looks for anything.
var Equivalence = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "equivalence", Hosts: "5 to 12",
	Question: `Is the output always that of a sequential run, byte for byte? A job of up to 24 map and 7 reduce tasks counts
words, with and without a combiner, or makes an inverted index, on up to eight workers of different speed, with
buffers of any size, each on a machine of its own or several on one, where they read each other's files, while a swarm of faults goes on: messages lost, doubled, late, networks split, disks slow and
full, workers, the master and the file system crashing at any moment. The master keeps checkpoints. At every event its
tables are compared with what they were: tasks change state as they may, a completed map task has one set of names, a
reducer reads each region once and begins when it has all; a reader that polls the final names sees whole outputs
only, each committed once. When all is mended the job ends, with the outputs that other code computes from the same
records, and every record counted once (at most once, if a master went on from a checkpoint).`,
	Canon: []string{
		"mapreduce.semantics.sequential-equivalence", "mapreduce.interface.map-and-reduce",
		"mapreduce.input.tasks-and-master", "mapreduce.map.partitioned-local-spill", "mapreduce.shuffle.remote-pull",
		"mapreduce.reduce.sort-and-group", "mapreduce.partition.default-and-custom", "mapreduce.failure.ping-detection",
		"mapreduce.failure.map-worker-redo-completed", "mapreduce.failure.redirect-reducers",
		"mapreduce.commit.map-completion", "mapreduce.commit.reduce-atomic-rename", "mapreduce.straggler.backup-execution",
		"mapreduce.master.failure-abort-or-checkpoint",
	},
	Params: []experiment.Param{
		{Name: "maps", Kind: experiment.Int, Doc: "M; 1 to 24 if not set", Shrink: true, Least: 1},
		{Name: "partitions", Kind: experiment.Int, Doc: "R; 1 to 7 if not set", Shrink: true, Least: 1},
		{Name: "workers", Kind: experiment.Int, Doc: "1 to 8 if not set", Shrink: true, Least: 1},
		{Name: "lines", Kind: experiment.Int, Doc: "of each split; 1 to 60 if not set", Shrink: true, Least: 1},
	},
	Sometimes: []string{redone, restarted, backedUp, several, fenced, onDisk, notDefaults, whereTheyLie},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, swarm)
	},
})

func swarm(t *trial) error {
	k := t.knobs
	workers := t.set.Int("workers", k.Int("workers", 1, 8))
	maps := t.set.Int("maps", k.Int("maps", 1, 24))
	s := setup{
		pure: true, program: sim.Choose(k, "program", wordCount, wordCountCombined, wordCountCombined, invertedIndex),
		input:      zipf(t.seed, maps, t.set.Int("lines", k.Int("lines", 1, 60)), k.Int("words", 1, 200)),
		partitions: t.set.Int("partitions", k.Int("partitions", 1, 7)), workers: workers,
		absent: min(workers-1, k.Int("absent", 0, 2)),
		master: drawMaster(k), worker: drawWorker(k), buffer: int64(sim.Choose(k, "buffer", 1, 0)),
		tight: fetchMemory(k) == 1, machines: sim.Choose(k, "machines", 0, 0, 1, 2),
	}
	duration := k.Duration("duration", 500*time.Millisecond, 4*time.Second)
	hosts := []string{masterHost, masterHost}
	for i := range workers {
		hosts = append(hosts, workerHost(i))
	}
	plan := sim.Swarm(t.seed, hosts, duration)
	if at := k.Duration("files crash", 10*time.Millisecond, duration); k.Chance("files crash too", 0.4) {
		plan = append(plan, sim.Fault{From: at, Action: sim.CrashHosts{Hosts: []string{filesHost}, Restart: 50 * time.Millisecond}})
	}
	if err := t.planned(plan); err != nil {
		return err
	}
	c := sim.Config{Link: sim.Link{
		Delay:   sim.LongTail(k.Duration("delay", 100*time.Microsecond, 5*time.Millisecond), 200*time.Millisecond),
		Reorder: sim.Choose(k, "reorder", 0, 0.3, 1.0),
	}}
	return t.world(c, s, func(c *Cluster) error {
		if err := c.World.Apply(t.plan); err != nil {
			return fmt.Errorf("%w: %w", errCut, err)
		}
		if err := t.pass(c, duration); err != nil {
			return err
		}
		c.World.Heal()
		err := t.finish(c, time.Minute)
		t.reached(c, s)
		return err
	})
}

func (t *trial) reached(c *Cluster, s setup) {
	st := c.status
	t.marks.Sometimes(redone, st.Redone > 0)
	t.marks.Sometimes(restarted, st.Restored > 0)
	t.marks.Sometimes(backedUp, st.BackupWins > 0)
	t.marks.Sometimes(several, st.Counters[mapreduce.CountSpills] > int64(len(c.Input)))
	t.marks.Sometimes(fenced, c.watch.counts["fenced"] > 0)
	t.marks.Sometimes(onDisk, c.watch.fetches > 0 && s.tight)
	t.marks.Sometimes(notDefaults, s.program == wordCountCombined)
	t.marks.Sometimes(whereTheyLie, c.watch.counts["lent"] > 0)
	t.stats["attempts"] += float64(st.Maps.Attempts + st.Reduces.Attempts)
}

func drawMaster(k *sim.Knobs) func(*mapreduce.MasterConfig) {
	return func(c *mapreduce.MasterConfig) {
		c.PingEvery = k.Duration("ping", 5*time.Millisecond, 100*time.Millisecond)
		c.DeadAfter = c.PingEvery * time.Duration(2+k.Int("dead", 0, 6))
		c.Lease = c.PingEvery * time.Duration(2+k.Int("lease", 0, 6))
		c.NotifyEvery = k.Duration("notify", time.Millisecond, 50*time.Millisecond)
		c.SlowStart = sim.Choose(k, "slow start", 1, 50, 500, 1000)
		c.CheckpointEvery = k.Duration("checkpoint", 5*time.Millisecond, 500*time.Millisecond)
		c.MaxAttempts = 1000 // its disk may be full for long
		c.NoBackups = k.Chance("no backups", 0.2)
		c.Backups.Least = k.Duration("backup after", time.Millisecond, 200*time.Millisecond)
		c.Backups.Slower = sim.Choose(k, "slower", 100, 150, 300)
		c.Backups.Most = k.Int("most backups", 1, 10)
	}
}

func fetchMemory(k *sim.Knobs) int64 { return int64(sim.Choose(k, "fetch memory", 1, 2000, 1<<20)) }

func drawWorker(k *sim.Knobs) func(int, *mapreduce.WorkerConfig) {
	return func(i int, c *mapreduce.WorkerConfig) {
		c.Master = masterAddr
		c.MapSlots, c.ReduceSlots = k.Int("map slots", 1, 3), k.Int("reduce slots", 1, 3)
		c.Memory = int64(sim.Choose(k, "memory", 300<<10, 4<<20))
		c.FetchMemory = fetchMemory(k)
		c.Chunk = k.Int("chunk", 400, 4<<10)
		c.Credits = k.Int("credits", 1, 16)
		c.RetryAfter = k.Duration("retry", 10*time.Millisecond, 200*time.Millisecond)
		c.Retries = k.Int("retries", 1, 6)
		usual := k.Duration("pace", 100*time.Microsecond, 30*time.Millisecond)
		slow := sim.Choose(k, fmt.Sprint("speed of ", i), 1, 1, 2, 20)
		c.Pace = func(w mapreduce.Work) time.Duration { return usual * time.Duration(slow) }
	}
}
