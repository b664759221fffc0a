package mapreducetest

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Combiner runs one job without and with a combiner.
var Combiner = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "combiner", Hosts: "6",
	Question: `What does partial aggregation on the map workers gain? Words of which few are common are counted on a network
whose links carry some kilobytes a second, first without a combiner and then with it. The outputs are equal; with the combiner
fewer pairs and fewer bytes cross the network, less than half as many, and the job is over sooner.`,
	Canon: []string{"mapreduce.combiner.local-partial-aggregation", "mapreduce.claim.combiner-improves-performance"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			k := t.knobs
			t.options.Search = experiment.Swarm // it is about time
			in := zipf(seed, k.Int("maps", 4, 8), 120, k.Int("words", 5, 40))
			link := sim.Link{Delay: sim.Constant(200 * time.Microsecond), Bandwidth: k.Int("bandwidth", 20_000, 60_000), Queue: 1 << 20}
			var runs [2]measured
			for i, program := range []string{wordCount, wordCountCombined} {
				s := setup{pure: true, program: program, input: in, partitions: 3, workers: 4, worker: patient}
				err := t.world(sim.Config{Link: link}, s, func(c *Cluster) error {
					err := t.finish(c, 5*time.Minute)
					runs[i] = measured{c.ended, c.status.Counters[mapreduce.CountShuffled], c.status.MapBytes}
					return err
				})
				if err != nil {
					return fmt.Errorf("%s: %w", program, err)
				}
			}
			off, on := runs[0], runs[1]
			t.stats["pairs off"], t.stats["pairs on"] = float64(off.pairs), float64(on.pairs)
			t.stats["bytes off"], t.stats["bytes on"] = float64(off.bytes), float64(on.bytes)
			t.stats["seconds off"], t.stats["seconds on"] = second(off.elapsed), second(on.elapsed)
			if on.pairs*2 > off.pairs || on.bytes*2 > off.bytes || on.elapsed >= off.elapsed {
				return fmt.Errorf("with a combiner %d pairs, %d bytes and %v; without %d pairs, %d bytes and %v",
					on.pairs, on.bytes, on.elapsed, off.pairs, off.bytes, off.elapsed)
			}
			return nil
		})
	},
})

type measured struct {
	elapsed      time.Duration
	pairs, bytes int64
}

// patient workers are made for slow links.
func patient(_ int, c *mapreduce.WorkerConfig) { c.RetryAfter = 5 * time.Second }

// wrongMean is what a campaign of CombinerLaws must see.
const wrongMean = "the mean of means is not the mean"

// CombinerLaws cuts one input in different ways.
var CombinerLaws = experiment.Register(&experiment.Experiment{
	System: "mapreduce", Name: "combiner-laws", Hosts: "1",
	Question: `Which reductions may be combined? Numbers by key are summed up, and their largest and mean found, with
the combiner on, from one input cut into 1, 3 and 8 splits and with buffers of two sizes. Sum and maximum, which are
commutative and associative, come to the same however it is cut, and as without a combiner. The mean of means does not,
in most runs; sums and counts in pairs, which can be added in any order, repair it.`,
	Canon:     []string{"mapreduce.combiner.needs-commutative-associative"},
	Sometimes: []string{wrongMean},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return try(seed, o, func(t *trial) error {
			all := numbers(seed, 1, t.knobs.Int("lines", 200, 400), 4)[0]
			for _, program := range []string{maximum, mean, naiveMean} {
				if err := t.cut(all, program); err != nil {
					return err
				}
			}
			return nil
		})
	},
})

// cut compares the outputs of one program over differently cut inputs.
func (t *trial) cut(lines []string, program string) error {
	var want []byte
	for _, n := range []int{1, 3, 8} {
		for _, buffer := range []int64{64, 0} {
			in := input{}
			for i := range n {
				in = append(in, lines[i*len(lines)/n:(i+1)*len(lines)/n])
			}
			f := in.programs()[program]
			if want == nil {
				f.Combine = nil
				want = in.answer(f, 1)[0]
				if program == mean {
					want = in.answer(in.programs()[naiveMean], 1)[0] // without a combiner it is the mean
				}
			}
			f = in.programs()[program]
			f.Buffer = buffer
			got, _, err := mapreduce.Sequential(f.Program(), in.splits(nil), 1, 1<<20)
			if err != nil {
				return err
			}
			t.hash = t.hash*31 + uint64(crc32.ChecksumIEEE(got[0]))
			same := bytes.Equal(got[0], want)
			if program == naiveMean {
				t.marks.Sometimes(wrongMean, !same)
				continue
			}
			if !same {
				return fmt.Errorf("%s of %d splits, buffer %d: %s", program, n, buffer, differ(got[0], want))
			}
		}
	}
	return nil
}
