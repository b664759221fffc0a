package mapreducetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// BadRecords has user code fail.
var BadRecords = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "bad-records", Hosts: "6",
	Question: `What if the user's code panics? The map panics on one or two records, or the reduce on one key, whoever
runs it. No worker dies of it. If the job allows records to be skipped, each is left out after it has failed twice,
the rest of the input is counted, and the master says how many were left out. If not, the job fails, and the error
names task, attempt, record and what the code said.`,
	Canon:     []string{"mapreduce.interface.map-and-reduce"},
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
