package mapreducetest

import (
	"bytes"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// input is the lines of each split, in memory.
type input [][]string

// zipf draws splits of lines of words, of which few are common.
func zipf(seed uint64, splits, lines, words int) input {
	r := rand.New(rand.NewPCG(seed, 0x21bf))
	z := rand.NewZipf(r, 1.2, 1, uint64(max(words, 1)-1))
	in := make(input, splits)
	for i := range in {
		for range lines {
			var line []string
			for range 1 + r.IntN(8) {
				line = append(line, fmt.Sprintf("w%d", z.Uint64()))
			}
			in[i] = append(in[i], strings.Join(line, " "))
		}
	}
	return in
}

// numbers draws lines "key number".
func numbers(seed uint64, splits, lines, keys int) input {
	r := rand.New(rand.NewPCG(seed, 0x9a7))
	in := make(input, splits)
	for i := range in {
		for range lines {
			in[i] = append(in[i], fmt.Sprintf("k%d %d", r.IntN(keys), r.IntN(1000)))
		}
	}
	return in
}

func (in input) lines() (n int) {
	for _, s := range in {
		n += len(s)
	}
	return n
}

// splits describes the input to a job; place says which hosts have a split.
func (in input) splits(place func(split int) []string) (all []mapreduce.Split) {
	for i, lines := range in {
		s := mapreduce.Split{Spec: []byte(strconv.Itoa(i))}
		for _, l := range lines {
			s.Bytes += int64(len(l))
		}
		if place != nil {
			s.Hosts = place(i)
		}
		all = append(all, s)
	}
	return all
}

// read is the reader of a job's functions.
func (in input) read(s mapreduce.Split) iter.Seq2[mapreduce.Record, error] {
	return func(yield func(mapreduce.Record, error) bool) {
		i, err := strconv.Atoi(string(s.Spec))
		if err != nil || i < 0 || i >= len(in) {
			yield(mapreduce.Record{}, fmt.Errorf("there is no split %q", s.Spec))
			return
		}
		for k, line := range in[i] {
			r := mapreduce.Record{Value: []byte(line), Where: fmt.Sprintf("split %d, line %d", i, k)}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// answer computes the outputs of a job by other means than the engine's: all pairs in
// one map, keys sorted, and no combiner.
func (in input) answer(f mapreduce.Functions, partitions int) [][]byte {
	values := make([]map[string][][]byte, partitions)
	for p := range values {
		values[p] = map[string][][]byte{}
	}
	for i := range in {
		for r, err := range in.read(mapreduce.Split{Spec: []byte(strconv.Itoa(i))}) {
			if err != nil {
				panic(err)
			}
			f.Map(r, func(key, value []byte) {
				p := shuffle.Partition(key, partitions)
				if f.Partition != nil {
					p = f.Partition(key, partitions)
				}
				values[p][string(key)] = append(values[p][string(key)], bytes.Clone(value))
			})
		}
	}
	outputs := make([][]byte, partitions)
	for p := range outputs {
		var keys []string
		for k := range values[p] {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			f.Reduce([]byte(k), slices.Values(values[p][k]), func(v []byte) {
				outputs[p] = fmt.Appendf(outputs[p], "%s\t%s\n", k, v)
			})
		}
	}
	return outputs
}
