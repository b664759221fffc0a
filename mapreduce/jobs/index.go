package jobs

import (
	"bytes"
	"iter"
	"strconv"

	"github.com/parleysystems/parley/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/shuffle"
)

// invertedIndex writes "word<tab>file:count<space>file:count...", files in the
// order of their names. What is counted is the word in the file: a key is both, with
// a zero byte between, so that counts are folded as in a word count, and the files of
// one word come one after the other.
func invertedIndex(s Spec) (mapreduce.Plan, error) {
	return mapreduce.Plan{
		Fold: add,
		Map: func(out *mapreduce.Emitter) mapreduce.Mapper {
			words := s.words(out)
			var key []byte
			return mapreduce.MapFunc(func(b mapreduce.Block) error {
				words(b.Data, func(word []byte) {
					if bytes.IndexByte(word, 0) >= 0 {
						out.Count("words with a zero byte, left out", 1)
						return
					}
					key = append(append(append(key[:0], word...), 0), b.File...)
					out.EmitWord(key, 1)
				})
				return nil
			})
		},
		Partition: func(key []byte, r int) int {
			word, _, _ := bytes.Cut(key, []byte{0})
			return shuffle.Partition(word, r)
		},
		Reduce: func(int) mapreduce.Reducer { return &indexer{} },
	}, nil
}

// indexer writes one line a word.
type indexer struct {
	word []byte
	any  bool
}

func (x *indexer) Reduce(key []byte, values iter.Seq[[]byte], out *mapreduce.Output) error {
	word, file, _ := bytes.Cut(key, []byte{0})
	separator := " "
	if !x.any || !bytes.Equal(word, x.word) {
		if x.any {
			out.Write([]byte{'\n'})
		}
		x.any, x.word = true, append(x.word[:0], word...)
		out.Write(word)
		separator = "\t"
	}
	out.Write([]byte(separator))
	out.Write(file)
	out.Write(strconv.AppendUint([]byte{':'}, total(values), 10))
	return nil
}

func (x *indexer) End(out *mapreduce.Output) error {
	if x.any {
		out.Write([]byte{'\n'})
	}
	return nil
}
