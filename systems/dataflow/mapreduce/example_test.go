package mapreduce_test

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"

	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Word count, the paper's first example, without a cluster. Here the specification of a
// split is its text.
func ExampleSequential() {
	sum := func(_ []byte, values iter.Seq[[]byte], emit func([]byte)) {
		n := 0
		for v := range values {
			k, _ := strconv.Atoi(string(v))
			n += k
		}
		emit(strconv.AppendInt(nil, int64(n), 10))
	}
	wordCount := mapreduce.Functions{
		Read: func(s mapreduce.Split) iter.Seq2[mapreduce.Record, error] {
			return func(yield func(mapreduce.Record, error) bool) {
				yield(mapreduce.Record{Value: s.Spec}, nil)
			}
		},
		Map: func(r mapreduce.Record, emit func(key, value []byte)) {
			for _, word := range bytes.Fields(r.Value) {
				emit(word, []byte("1"))
			}
		},
		Combine: sum,
		Reduce:  sum,
	}
	splits := []mapreduce.Split{{Spec: []byte("the cat and the hat")}, {Spec: []byte("the hat")}}
	outputs, counters, err := mapreduce.Sequential(wordCount.Program(), splits, 1, 1<<20)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s%d pairs were emitted, %d shuffled\n", outputs[0],
		counters[mapreduce.CountEmitted], counters[mapreduce.CountShuffled])
	// Output:
	// and	1
	// cat	1
	// hat	2
	// the	3
	// 7 pairs were emitted, 6 shuffled
}
