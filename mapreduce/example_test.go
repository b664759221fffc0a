package mapreduce_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/parleysystems/parley/mapreduce"
)

// The word count of the paper, in one process. With mapreduce.Main in place of Plan
// and Run it is a program that also runs on many workers.
func Example() {
	job := mapreduce.Job[string, int]{
		Map: func(line mapreduce.Record, emit func(string, int)) error {
			for word := range strings.FieldsSeq(line.Text) {
				emit(word, 1)
			}
			return nil
		},
		Combine: mapreduce.Sum[int],
	}

	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte("to be or\nnot to be\n"), 0o600); err != nil {
		panic(err)
	}
	plan, err := job.Plan()
	if err != nil {
		panic(err)
	}
	if _, err = mapreduce.Run(context.Background(), plan, mapreduce.Options{Inputs: []string{dir}, Writer: os.Stdout}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// be	2
	// not	1
	// or	1
	// to	2
}

// Values of other types need no more; reduce sees a key with all of them.
func ExampleJob_Reduce() {
	type sale struct {
		Item string
		Cost float64
	}
	job := mapreduce.Job[string, sale]{
		Input: mapreduce.CSV(),
		Map: func(r mapreduce.Record, emit func(string, sale)) error {
			var cost float64
			if _, err := fmt.Sscan(r.Fields[2], &cost); err != nil {
				return err
			}
			emit(r.Fields[0], sale{r.Fields[1], cost})
			return nil
		},
		Reduce: func(shop string, sales iter.Seq[sale], out *mapreduce.Output) error {
			var best sale
			for s := range sales {
				if s.Cost > best.Cost {
					best = s
				}
			}
			_, err := fmt.Fprintf(out, "%s: %s\n", shop, best.Item)
			return err
		},
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	text := "north,tea,3.5\nsouth,\"salt,\nfine\",2\nnorth,rice,7\n"
	if err := os.WriteFile(filepath.Join(dir, "sales.csv"), []byte(text), 0o600); err != nil {
		panic(err)
	}
	plan, err := job.Plan()
	if err != nil {
		panic(err)
	}
	if _, err = mapreduce.Run(context.Background(), plan, mapreduce.Options{Inputs: []string{dir}, Writer: os.Stdout}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// north: rice
	// south: salt,
	// fine
}
