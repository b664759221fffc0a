package mapreducetest

import (
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// Spill looks at the regions of one map task.
var Spill = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "spill", Hosts: "1",
	Question: `What does one map task leave on its disk? Five partitions, and a buffer so small that it is full several
times. The union of the regions is exactly the pairs that were emitted, each in the region that the partition function
says, sorted by key; the sums and counts that the master and the reducers go by are those of the bytes.`,
	Canon: []string{"mapreduce.map.partitioned-local-spill", "mapreduce.partition.default-and-custom"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			in := zipf(seed, 1, t.knobs.Int("lines", 150, 400), 60)
			f := in.programs()[wordCount]
			f.Buffer = 1 // as small as it gets
			out := new(mapreduce.Bytes)
			task := mapreduce.MapTask{
				Task: t.knobs.Int("task", 0, 9), Split: in.splits(nil)[0], Partitions: 5, Memory: 1 << 20,
				Out: out, Scratch: new(mapreduce.Bytes), Monitor: new(silent),
			}
			r, err := f.Program().Map(task)
			if err != nil {
				return err
			}
			t.hash = uint64(crc32.ChecksumIEEE(out.Bytes()))
			return regionsAre(in, f, r, out)
		})
	},
})

// seq is the values of a key.
type seq = iter.Seq[[]byte]

// silent is a Monitor for a body that nobody watches.
type silent struct{}

func (silent) Advance(int64) error { return nil }
func (silent) Advanced() int64     { return 0 }
func (silent) Cancel()             {}

// pair is a key with a value.
type pair struct{ key, value string }

func comparePairs(a, b pair) int {
	return slices.Compare([]string{a.key, a.value}, []string{b.key, b.value})
}

func regionsAre(in input, f mapreduce.Functions, r mapreduce.MapResult, out *mapreduce.Bytes) error {
	want := make([][]pair, 5)
	for _, line := range in[0] {
		f.Map(mapreduce.Record{Value: []byte(line)}, func(key, value []byte) {
			p := shuffle.Partition(key, 5)
			want[p] = append(want[p], pair{string(key), string(value)})
		})
	}
	if r.Counters[mapreduce.CountSpills] < 3 {
		return fmt.Errorf("the buffer was full %d times only", r.Counters[mapreduce.CountSpills])
	}
	var at int64
	for p, region := range r.Regions {
		section := io.NewSectionReader(out, at, region.Length)
		at += region.Length
		got, err := pairsOf(section)
		if err != nil {
			return fmt.Errorf("region %d: %w", p, err)
		}
		if !slices.IsSortedFunc(got, func(a, b pair) int { return slices.Compare([]byte(a.key), []byte(b.key)) }) {
			return fmt.Errorf("region %d is not sorted by key", p)
		}
		slices.SortFunc(got, comparePairs)
		slices.SortFunc(want[p], comparePairs)
		if !slices.Equal(got, want[p]) {
			return fmt.Errorf("region %d has %d pairs, and not the %d that were emitted for it", p, len(got), len(want[p]))
		}
		if region.Pairs != uint64(len(got)) {
			return fmt.Errorf("region %d is said to have %d pairs, and has %d", p, region.Pairs, len(got))
		}
	}
	return nil
}

func pairsOf(section *io.SectionReader) (all []pair, err error) {
	m, err := shuffle.NewMerge([]*io.SectionReader{section}, shuffle.NewBudget(1<<20))
	if err != nil {
		return nil, err
	}
	defer m.Close()
	for m.Next() {
		all = append(all, pair{string(m.Key()), string(m.Value())})
	}
	return all, m.Err()
}

// second is what durations are shown in.
func second(d time.Duration) float64 { return d.Seconds() }
