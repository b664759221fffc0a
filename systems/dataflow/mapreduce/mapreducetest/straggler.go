package mapreducetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// The causes of stragglers that Stragglers draws.
const (
	badDisk    = "a disk that reads slowly"
	contention = "other work on the machine"
)

// Stragglers slows one worker down, without and with backup tasks.
var Stragglers = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "stragglers", Hosts: "11",
	Question: `What does one slow machine cost, and what do backup tasks win back? Eight workers; one of them reads its disk
twenty times slower, or shares its processor for a while with other work. Without backups the job's time is set by the last
one or two tasks: nine tenths of the map tasks are done in less than half the time of all. With backups the output is the same, the
straggler costs less than half as much, and at most an eighth more executions are begun.`,
	Canon:     []string{"mapreduce.straggler.causes", "mapreduce.straggler.backup-execution"},
	Sometimes: []string{badDisk, contention},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			t.options.Search = experiment.Swarm
			cause := sim.Choose(t.knobs, "cause", badDisk, contention)
			even, err := t.slowed("", true)
			if err != nil {
				return err
			}
			off, err := t.slowed(cause, true)
			if err != nil {
				return err
			}
			on, err := t.slowed(cause, false)
			if err != nil {
				return err
			}
			t.marks.Sometimes(cause, true)
			t.stats["seconds even"], t.stats["seconds without backups"], t.stats["seconds with backups"] =
				second(even.elapsed), second(off.elapsed), second(on.elapsed)
			t.stats["executions more"] = float64(on.attempts)/float64(off.attempts) - 1
			switch {
			case off.nineTenths*2 > off.maps:
				return fmt.Errorf("without backups nine tenths of the maps took %v, all %v: no straggler (%s)", off.nineTenths, off.maps, cause)
			case (on.elapsed-even.elapsed)*2 > off.elapsed-even.elapsed:
				return fmt.Errorf("backups win back too little: %v without a straggler, %v with one, %v with backups (%s)",
					even.elapsed, off.elapsed, on.elapsed, cause)
			case on.attempts*8 > off.attempts*9:
				return fmt.Errorf("with backups %d executions were begun, without %d", on.attempts, off.attempts)
			case on.wins == 0:
				return fmt.Errorf("no backup was first (%s)", cause)
			}
			return nil
		})
	},
})

type course struct {
	elapsed    time.Duration // of the job
	maps       time.Duration // until all map tasks were done
	nineTenths time.Duration // until that many were
	attempts   int
	wins       int
	longest    time.Duration // of a reduce task
	median     time.Duration
}

// slowed runs a job of 40 equal map tasks with one slow worker.
func (t *trial) slowed(cause string, noBackups bool) (x course, err error) {
	usual := t.knobs.Duration("usual", 10*time.Millisecond, 20*time.Millisecond)
	s := setup{
		pure: true, program: wordCountCombined, input: zipf(t.seed, 40, 2, 20), partitions: 8, workers: 8,
		master: func(c *mapreduce.MasterConfig) {
			c.NoBackups = noBackups
			c.PingEvery, c.DeadAfter = 15*time.Millisecond, 5*time.Second
			c.Backups.Least, c.Backups.Slower, c.Backups.Most = usual/2, 200, 2
		},
		worker: func(i int, c *mapreduce.WorkerConfig) {
			c.Pace = func(mapreduce.Work) time.Duration {
				switch {
				case i == 0 && cause == badDisk, i == 0 && cause == contention && t.contended:
					return 20 * usual
				}
				return usual
			}
		},
	}
	return x, t.world(sim.Config{}, s, func(c *Cluster) error {
		t.contended = true
		c.World.At(4*usual, func() { t.contended = false })
		return t.follow(c, &x)
	})
}

// follow runs a job to its end and takes its times: the master's, since the client, which
// asks from time to time, hears of the end up to a period later.
func (t *trial) follow(c *Cluster, x *course) error {
	c.World.OnEvent(func() {
		if m := c.Master(); x.elapsed == 0 && m != nil && m.Phase() == mapreduce.Finished {
			x.elapsed = c.World.Now()
		}
		if done := c.done(mapreduce.MapKind); x.nineTenths == 0 && done*10 >= 9*len(c.Input) {
			x.nineTenths = c.World.Now()
		} else if x.maps == 0 && done == len(c.Input) {
			x.maps = c.World.Now()
		}
	})
	err := t.finish(c, time.Minute)
	st := c.status
	x.wins, x.attempts = st.BackupWins, st.Maps.Attempts+st.Reduces.Attempts
	x.longest, x.median = st.Reduces.Slowest, st.Reduces.Median
	return err
}

// Skew makes stragglers on machines that are all alike.
var Skew = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "skew", Hosts: "9",
	Question: `Are stragglers the fault of slow machines only? No. Six machines are alike; most pairs have one key, and so
one reduce task has many times the bytes of the others, and takes that much longer. A backup of it, on any machine, takes as
long: the job with backups is no faster by a twentieth.`,
	Canon: []string{"mapreduce.claim.stragglers-only-slow-nodes"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			t.options.Search = experiment.Swarm
			off, err := t.skewed(true)
			if err != nil {
				return err
			}
			on, err := t.skewed(false)
			if err != nil {
				return err
			}
			t.stats["seconds without backups"], t.stats["seconds with backups"] = second(off.elapsed), second(on.elapsed)
			t.stats["longest reduce over median"] = float64(off.longest) / float64(off.median)
			if off.longest < 4*off.median {
				return fmt.Errorf("the longest reduce task took %v, the median one %v: no straggler", off.longest, off.median)
			}
			if on.elapsed*20 < off.elapsed*19 {
				return fmt.Errorf("backups made the job faster: %v, and %v without", on.elapsed, off.elapsed)
			}
			return nil
		})
	},
})

func (t *trial) skewed(noBackups bool) (x course, err error) {
	in := zipf(t.seed, 12, 10, 60)
	for i := range in {
		in[i] = append(in[i], slices.Repeat([]string{"same same same same same"}, 40)...)
	}
	byte := t.knobs.Duration("per byte", 10*time.Microsecond, 50*time.Microsecond)
	s := setup{
		pure: true, program: wordCount, input: in, partitions: 12, workers: 6,
		master: func(c *mapreduce.MasterConfig) {
			c.NoBackups, c.PingEvery = noBackups, 25*time.Millisecond
			c.DeadAfter, c.Lease = 5*time.Second, 2*time.Second
			c.Backups.Least = time.Millisecond
		},
		worker: func(i int, c *mapreduce.WorkerConfig) {
			c.Pace = func(w mapreduce.Work) time.Duration { return byte * time.Duration(w.Bytes) }
		},
	}
	return x, t.world(sim.Config{}, s, func(c *Cluster) error { return t.follow(c, &x) })
}
