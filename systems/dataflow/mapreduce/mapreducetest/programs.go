package mapreducetest

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// Names of the programs that jobs of the harness name in their specification.
const (
	wordCount         = "wordcount"
	wordCountCombined = "wordcount with a combiner"
	invertedIndex     = "inverted index"
	maximum           = "maximum"
	naiveMean         = "mean of means"
	mean              = "mean by sums and counts"
	urlsByHost        = "urls by host"
)

// programs are the user's functions over an input.
func (in input) programs() map[string]mapreduce.Functions {
	count := mapreduce.Functions{Read: in.read, Map: mapWords, Reduce: sum}
	combined := count
	combined.Combine = sum
	hosts := combined
	hosts.Map, hosts.Partition = mapWhole, byHost
	return map[string]mapreduce.Functions{
		wordCount:         count,
		wordCountCombined: combined,
		invertedIndex:     {Read: in.read, Map: mapPlaces, Reduce: postings},
		maximum:           {Read: in.read, Map: mapNumber, Reduce: largest, Combine: largest},
		naiveMean:         {Read: in.read, Map: mapNumber, Reduce: average, Combine: average},
		mean:              {Read: in.read, Map: mapPair, Reduce: averagePairs, Combine: addPairs},
		urlsByHost:        hosts,
	}
}

// library is what workers find programs in.
func (in input) library(buffer int64) mapreduce.Library {
	all := in.programs()
	return func(spec []byte) (mapreduce.Program, error) {
		f, ok := all[string(spec)]
		if !ok {
			return nil, fmt.Errorf("there is no program %q", spec)
		}
		f.Buffer = max(buffer, 1)
		if buffer == 0 {
			f.Buffer = 16 << 10
		}
		return f.Program(), nil
	}
}

func mapWords(r mapreduce.Record, emit func(key, value []byte)) {
	for _, word := range bytes.Fields(r.Value) {
		emit(word, []byte("1"))
	}
}

func mapWhole(r mapreduce.Record, emit func(key, value []byte)) { emit(r.Value, []byte("1")) }

func mapPlaces(r mapreduce.Record, emit func(key, value []byte)) {
	for _, word := range bytes.Fields(r.Value) {
		emit(word, []byte(r.Where))
	}
}

func mapNumber(r mapreduce.Record, emit func(key, value []byte)) {
	key, value, _ := bytes.Cut(r.Value, []byte(" "))
	emit(key, value)
}

func mapPair(r mapreduce.Record, emit func(key, value []byte)) {
	key, value, _ := bytes.Cut(r.Value, []byte(" "))
	emit(key, append(value[:len(value):len(value)], " 1"...))
}

func number(b []byte) int64 {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func sum(_ []byte, values iter.Seq[[]byte], emit func(value []byte)) {
	var n int64
	for v := range values {
		n += number(v)
	}
	emit(strconv.AppendInt(nil, n, 10))
}

func largest(_ []byte, values iter.Seq[[]byte], emit func(value []byte)) {
	n := int64(-1)
	for v := range values {
		n = max(n, number(v))
	}
	emit(strconv.AppendInt(nil, n, 10))
}

// average is no good as a combiner: the mean of means is not the mean.
func average(_ []byte, values iter.Seq[[]byte], emit func(value []byte)) {
	var n, count int64
	for v := range values {
		n += number(v)
		count++
	}
	emit(strconv.AppendInt(nil, n/count, 10))
}

func add(values iter.Seq[[]byte]) (n, count int64) {
	for v := range values {
		a, b, _ := bytes.Cut(v, []byte(" "))
		n += number(a)
		count += number(b)
	}
	return n, count
}

func addPairs(_ []byte, values iter.Seq[[]byte], emit func(value []byte)) {
	n, count := add(values)
	emit(fmt.Appendf(nil, "%d %d", n, count))
}

func averagePairs(_ []byte, values iter.Seq[[]byte], emit func(value []byte)) {
	n, count := add(values)
	emit(strconv.AppendInt(nil, n/count, 10))
}

func postings(_ []byte, values iter.Seq[[]byte], emit func(value []byte)) {
	var places []string
	for v := range values {
		places = append(places, string(v))
	}
	slices.Sort(places)
	for _, p := range slices.Compact(places) {
		emit([]byte(p))
	}
}

// byHost sends all URLs of a host to one output.
func byHost(key []byte, partitions int) int {
	host, _, _ := bytes.Cut(key, []byte("/"))
	return shuffle.Partition(host, partitions)
}
