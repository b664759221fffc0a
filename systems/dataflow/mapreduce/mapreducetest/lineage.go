package mapreducetest

import (
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// dataset is one of a lineage (Zaharia and others, "Resilient Distributed Datasets",
// NSDI 2012): partitions in memory, and how to compute each from those of the parent. It
// is no engine, only what the claim about Spark is about: what is kept between two
// stages, and what is computed again when a partition is lost.
type dataset struct {
	parent   *dataset
	wide     bool // a partition needs all of the parent's, not just its own
	compute  func(partition int, parents [][]string) []string
	memory   []*[]string
	computed int   // partitions, over time
	stored   int64 // bytes that were put on disk
}

func newDataset(parent *dataset, partitions int, wide bool, compute func(int, [][]string) []string) *dataset {
	return &dataset{parent: parent, wide: wide, compute: compute, memory: make([]*[]string, partitions)}
}

// get returns a partition: from memory, or else from its lineage.
func (d *dataset) get(p int) []string {
	if d.memory[p] != nil {
		return *d.memory[p]
	}
	var parents [][]string
	switch {
	case d.parent == nil:
	case d.wide:
		for i := range d.parent.memory {
			parents = append(parents, d.parent.get(i))
		}
	default:
		parents = [][]string{d.parent.get(p)}
	}
	d.computed++
	out := d.compute(p, parents)
	d.memory[p] = &out
	return out
}

// Lineage loses a partition of a chain of stages, and compares with MapReduce.
var Lineage = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "lineage", Hosts: "6",
	Question: `Must data be put on disk between every two stages to survive failures, as MapReduce does and Spark is said to
do? No. Lines, words, words in upper case and words by length are four stages whose partitions are kept in memory, with
how to compute them. One machine is lost with a partition of every stage: exactly the lost partitions are computed
again, from their lineage, the answer is the same, and between stages nothing was stored. The same words through the
MapReduce engine put all intermediate pairs on disks.`,
	Canon: []string{"mapreduce.claim.spark-saves-each-stage-to-disk"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			in := zipf(seed, t.knobs.Int("partitions", 2, 8), 10, 40)
			if err := t.loseOne(in); err != nil {
				return err
			}
			s := setup{pure: true, program: wordCount, input: in, partitions: 3, workers: 2}
			return t.world(sim.Config{}, s, func(c *Cluster) error {
				err := t.finish(c, time.Minute)
				if err == nil && c.status.MapBytes == 0 {
					err = fmt.Errorf("the MapReduce engine put nothing on disk between map and reduce")
				}
				t.stats["bytes on disk between stages, MapReduce"] = float64(c.status.MapBytes)
				return err
			})
		})
	},
})

func (t *trial) loseOne(in input) error {
	n := len(in)
	lines := newDataset(nil, n, false, func(p int, _ [][]string) []string { return in[p] })
	words := newDataset(lines, n, false, func(_ int, parents [][]string) []string {
		return strings.Fields(strings.Join(parents[0], " "))
	})
	upper := newDataset(words, n, false, func(_ int, parents [][]string) []string {
		return strings.Fields(strings.ToUpper(strings.Join(parents[0], " ")))
	})
	byLength := newDataset(upper, 3, true, func(p int, parents [][]string) (out []string) {
		for _, part := range parents {
			for _, w := range part {
				if len(w)%3 == p {
					out = append(out, w)
				}
			}
		}
		return out
	})
	answer := func() (all string) {
		for p := range byLength.memory {
			all += strings.Join(byLength.get(p), " ") + "\n"
		}
		return all
	}
	before := answer()
	lost := t.knobs.Int("lost", 0, n-1)
	stages := []*dataset{lines, words, upper, byLength}
	for _, d := range stages {
		d.memory[lost%len(d.memory)], d.computed = nil, 0
	}
	after := answer()
	t.hash = uint64(crc32.ChecksumIEEE([]byte(after)))
	if before != after {
		return fmt.Errorf("after the loss of partition %d the answer is another", lost)
	}
	for i, d := range stages {
		if d.computed != 1 {
			return fmt.Errorf("of stage %d %d partitions were computed again, want the one that was lost", i, d.computed)
		}
		if d.stored != 0 {
			return fmt.Errorf("stage %d put %d bytes on disk", i, d.stored)
		}
	}
	return nil
}

// BadRecords has user code fail.
var BadRecords = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "bad-records", Hosts: "6",
	Question: `What if the user's code panics? The map panics on one or two records, or the reduce on one key, whoever
runs it. No worker dies of it. If the job allows records to be skipped, each is left out after it has failed twice,
the rest of the input is counted, and the master says how many were left out. If not, the job fails, and the error
names task, attempt, record and what the code said.`,
	Sometimes: []string{skippedMap, skippedReduce, refused},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			k := t.knobs
			skip, inReduce := k.Chance("skip", 0.7), k.Chance("in reduce", 0.4)
			in := zipf(seed, k.Int("maps", 3, 8), 10, 30)
			bad := k.Int("bad", 1, 2)
			for i := range bad {
				in[i][4] = "poison"
			}
			f := poisoned(in, inReduce)
			s := setup{
				functions: &f, input: in, partitions: 3, workers: 3,
				master: func(c *mapreduce.MasterConfig) {
					if skip {
						c.Job.SkipAfter = 2
					}
				},
			}
			return t.world(sim.Config{}, s, func(c *Cluster) error { return t.poison(c, skip, inReduce, bad) })
		})
	},
})

const (
	skippedMap    = "records were left out of a map"
	skippedReduce = "a key was left out of a reduce"
	refused       = "a job failed because of a record"
)

// poisoned counts words, but for one that it cannot bear.
func poisoned(in input, inReduce bool) mapreduce.Functions {
	f := in.programs()[wordCount]
	f.Buffer = 8 << 10
	mapper, reducer := f.Map, f.Reduce
	if inReduce {
		f.Reduce = func(key []byte, values seq, emit func([]byte)) {
			if string(key) == "poison" {
				panic("this word is poison")
			}
			reducer(key, values, emit)
		}
		return f
	}
	f.Map = func(r mapreduce.Record, emit func(key, value []byte)) {
		if string(r.Value) == "poison" {
			panic("this word is poison")
		}
		mapper(r, emit)
	}
	return f
}

func (t *trial) poison(c *Cluster, skip, inReduce bool, bad int) error {
	if err := t.settle(c, time.Minute, c.finished); err != nil {
		return err
	}
	for i := range c.Workers {
		if !c.World.Host(workerHost(i)).Up() {
			return fmt.Errorf("%s died of what user code did", workerHost(i))
		}
	}
	if !skip {
		said := fmt.Sprint(c.result)
		for _, part := range []string{"task", "attempt", "record", "this word is poison"} {
			if !strings.Contains(said, part) {
				return fmt.Errorf("the job ended with %q, which does not tell the %s", said, part)
			}
		}
		t.marks.Sometimes(refused, true)
		return nil
	}
	t.marks.Sometimes(skippedMap, !inReduce)
	t.marks.Sometimes(skippedReduce, inReduce)
	want := bad
	if inReduce {
		want = 1 // it is one key
	}
	if c.status.Skipped != want || c.status.Counters[mapreduce.CountSkipped] != int64(want) {
		return fmt.Errorf("%d records were left out and %d counted so, want %d", c.status.Skipped, c.status.Counters[mapreduce.CountSkipped], want)
	}
	clean := input{}
	for i := range c.Input {
		var lines []string
		for _, l := range c.Input[i] {
			if l != "poison" {
				lines = append(lines, l)
			}
		}
		clean = append(clean, lines)
	}
	c.answer = clean.answer(clean.programs()[wordCount], c.master.Job.Partitions)
	return c.right()
}
