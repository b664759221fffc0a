// Command wordcount counts words: in one process, as a master, or as a worker, as
// its flags say.
//
//	go run ./wordcount ../docs
//	go run ./wordcount -procs 4 ../docs
package main

import (
	"strings"

	"github.com/parleysystems/parley/mapreduce"
)

func main() {
	mapreduce.Main(mapreduce.Job[string, int]{
		Map: func(line mapreduce.Record, emit func(string, int)) error {
			for word := range strings.FieldsSeq(line.Text) {
				emit(word, 1)
			}
			return nil
		},
		Combine: mapreduce.Sum[int],
	})
}
