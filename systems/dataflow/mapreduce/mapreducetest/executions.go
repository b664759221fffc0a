package mapreducetest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// What a campaign of TwoExecutions must see.
const (
	bothEnded = "both executions of a map task were completed"
	mixed     = "two reduce tasks saw different executions of one map task"
)

// TwoExecutions runs map tasks twice whose output differs.
var TwoExecutions = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "two-executions", Hosts: "6",
	Question: `Whose regions count if a map task is executed twice, and what does a job promise whose map is not
deterministic? Each execution stamps its pairs with a number of its own, and most tasks have a backup, so that both
executions end, in either order. Within one reduce task all pairs of a map task are of one execution: the first whose
completion reached the master. If no worker is lost, that holds across all reduce tasks: the output is that of one
sequential run. If a worker dies in mid-shuffle, two reduce tasks may have read different executions of one map task, which
happens; each by itself still is the output of some sequential run.`,
	Canon: []string{
		"mapreduce.commit.map-completion", "mapreduce.semantics.sequential-equivalence", "mapreduce.straggler.backup-execution",
	},
	Sometimes: []string{bothEnded, mixed},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			k := t.knobs
			t.options.Search = experiment.Swarm
			in := zipf(seed, k.Int("maps", 4, 10), 4, 30)
			executions := 0
			f := mapreduce.Functions{
				Read: func(s mapreduce.Split) iter.Seq2[mapreduce.Record, error] {
					executions++ // not deterministic: it depends on who was executed before
					return stamped(in.read(s), executions)
				},
				Map: mapStamps, Reduce: listed, Buffer: 8 << 10,
			}
			s := setup{
				functions: &f, input: in, partitions: 4, workers: 4,
				master: func(c *mapreduce.MasterConfig) {
					c.SlowStart = 1000
					c.Backups.Done, c.Backups.Slower, c.Backups.Least, c.Backups.Most = 1, 1, time.Millisecond, 100
				},
				worker: func(i int, c *mapreduce.WorkerConfig) {
					c.Credits, c.MapSlots = 1, 4
					c.Pace = func(mapreduce.Work) time.Duration {
						return k.Duration(fmt.Sprint("pace ", i), 5*time.Millisecond, 40*time.Millisecond)
					}
				},
			}
			dies := k.Chance("dies", 0.7)
			return t.world(sim.Config{}, s, func(c *Cluster) error { return t.stamps(c, dies) })
		})
	},
})

// stamped makes the execution's number the key of each record.
func stamped(all iter.Seq2[mapreduce.Record, error], execution int) iter.Seq2[mapreduce.Record, error] {
	return func(yield func(mapreduce.Record, error) bool) {
		for r, err := range all {
			split, _, _ := strings.Cut(r.Where, ",")
			r.Key = fmt.Appendf(nil, "%s %d", strings.TrimPrefix(split, "split "), execution)
			if !yield(r, err) {
				return
			}
		}
	}
}

// mapStamps emits each word with the split and the execution that it is of.
func mapStamps(r mapreduce.Record, emit func(key, value []byte)) {
	mapWords(r, func(word, _ []byte) { emit(word, r.Key) })
}

func listed(_ []byte, values iter.Seq[[]byte], emit func(value []byte)) {
	for v := range values {
		emit(v)
	}
}

func (t *trial) stamps(c *Cluster, dies bool) error {
	if dies {
		// In mid-shuffle: the bodies of the reduce tasks that have all have not begun.
		if err := t.until(c, time.Minute, "nothing was fetched", func() bool { return c.halfRead() || c.watch.begun > 0 }); err != nil {
			return err
		}
		c.World.Host(workerHost(victim)).Crash()
	}
	if err := t.finish(c, time.Minute); err != nil {
		return err
	}
	executed := map[string]map[string]bool{} // by split, over all outputs
	for p := range c.master.Job.Partitions {
		b, _ := c.output(p)
		here := map[string]string{}
		for _, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
			_, stamp, _ := strings.Cut(line, "\t")
			split, execution, found := strings.Cut(stamp, " ")
			if !found {
				continue
			}
			if was, there := here[split]; there && was != execution {
				return fmt.Errorf("output %d has pairs of executions %s and %s of map task %s", p, was, execution, split)
			}
			here[split] = execution
			if executed[split] == nil {
				executed[split] = map[string]bool{}
			}
			executed[split][execution] = true
		}
	}
	for split, of := range executed {
		t.marks.Sometimes(mixed, len(of) > 1)
		if len(of) > 1 && c.status.Redone == 0 {
			return fmt.Errorf("no map task was done again, and the outputs are of %d executions of map task %s", len(of), split)
		}
	}
	t.marks.Sometimes(bothEnded, c.watch.counts["late completion"] > 0)
	return nil
}

// AtomicOutput has two executions of each reduce task write at one time.
var AtomicOutput = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "atomic-output", Hosts: "7",
	Question: `What does a reader see of an output that is being written? Most reduce tasks have a backup, chunks are
small, and workers crash just after they have sent a part of an output, the file system just as it has noted a commit.
A reader that looks at the final names after every event sees nothing there, or one whole output; each is committed
once, and of what was written in part nothing is left.`,
	Canon:     []string{"mapreduce.commit.reduce-atomic-rename"},
	Sometimes: []string{cutShort},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			k := t.knobs
			s := setup{
				pure: true, program: invertedIndex, input: zipf(seed, k.Int("maps", 3, 6), 20, 60), partitions: 4, workers: 4,
				master: func(c *mapreduce.MasterConfig) {
					c.Backups.Done, c.Backups.Slower, c.Backups.Least, c.Backups.Most = 1, 1, time.Millisecond, 100
				},
				worker: func(i int, c *mapreduce.WorkerConfig) {
					c.Chunk, c.ReduceSlots = k.Int("chunk", 200, 800), 3
					c.Pace = func(mapreduce.Work) time.Duration { return 10 * time.Millisecond }
				},
			}
			plan, err := sim.Parse(fmt.Sprintf(`
				on send mapreduce.Put of w0,w1 with %.2f crash; restart after 30ms
				on note "output committed" of g with 0.3 crash; restart after 20ms`, 0.1+0.2*float64(k.Int("crashes", 0, 10))/10))
			if err != nil {
				return err
			}
			for i := range plan {
				plan[i].To = time.Second
			}
			if err := t.planned(plan); err != nil {
				return err
			}
			return t.world(sim.Config{}, s, func(c *Cluster) error {
				c.watch.every = 1
				if err := c.World.Apply(t.plan); err != nil {
					return fmt.Errorf("%w: %w", errCut, err)
				}
				if err := t.pass(c, time.Second); err != nil {
					return err
				}
				c.World.Heal()
				err := t.finish(c, time.Minute)
				t.marks.Sometimes(cutShort, c.watch.counts["cut short"] > 0)
				if err != nil {
					return err
				}
				return c.clean(t)
			})
		})
	},
})

// cutShort is what a campaign of AtomicOutput must see.
const cutShort = "a worker crashed with an output written in part"

// clean demands that drafts are gone once the file system has started again.
func (k *Cluster) clean(t *trial) error {
	k.World.Host(filesHost).Crash()
	k.World.Host(filesHost).Restart()
	if err := t.pass(k, 100*time.Millisecond); err != nil {
		return err
	}
	files := k.World.Host(filesHost).Disk().Device().Files("files/files/")
	if slices.ContainsFunc(files, func(name string) bool { return strings.Contains(name, "/new/") }) {
		return fmt.Errorf("the file system still has drafts: %v", files)
	}
	for p := range k.master.Job.Partitions {
		if b, there := k.output(p); !there || string(b) != string(k.answer[p]) {
			return errors.New("an output is not there any more after a restart")
		}
	}
	return nil
}
