package jobs

import (
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"

	"github.com/parleysystems/parley/mapreduce"
)

// each returns a mapper that is called record by record.
func (s Spec) each(out *mapreduce.Emitter, f func(b mapreduce.Block, record []byte) error) mapreduce.Mapper {
	format := s.format()
	return mapreduce.MapFunc(func(b mapreduce.Block) error {
		return format.Records(b, func(offset int64, record []byte) error {
			if !out.Enter(b.File, offset) {
				return nil
			}
			return out.Failed(f(b, record))
		})
	})
}

// sorted writes all records in the order of their keys, and in that of the
// records where keys are equal. Partitions are ranges of keys, so the outputs one
// after the other are sorted, too.
func sorted(s Spec) (mapreduce.Plan, error) {
	end := []byte{'\n'}
	if s.Width > 0 {
		end = nil
	}
	return mapreduce.Plan{
		Bulky: true,
		Map: func(out *mapreduce.Emitter) mapreduce.Mapper {
			if s.Field == 0 {
				return s.each(out, func(_ mapreduce.Block, record []byte) error {
					out.Emit(record, nil) // the record is its own key
					return nil
				})
			}
			key := s.keyOf(s.Field)
			return s.each(out, func(_ mapreduce.Block, record []byte) error {
				k, err := key(record)
				if err == nil {
					out.Emit(k, record)
				}
				return err
			})
		},
		Partition: func(key []byte, r int) int {
			return sort.Search(min(len(s.Borders), r-1), func(i int) bool { return string(key) < string(s.Borders[i]) })
		},
		Reduce: func(int) mapreduce.Reducer {
			return mapreduce.ReduceFunc(func(key []byte, values iter.Seq[[]byte], out *mapreduce.Output) error {
				for v := range values {
					if s.Field == 0 {
						v = key
					}
					out.Write(v)
					out.Write(end)
					if s.Unique {
						break
					}
				}
				return nil
			})
		},
	}, nil
}

// distinct writes every different record, or every different value of a field.
func distinct(s Spec) (mapreduce.Plan, error) {
	end := []byte{'\n'}
	if s.Width > 0 {
		end = nil
	}
	return mapreduce.Plan{
		Fold: func(a, _ uint64) uint64 { return a },
		Map: func(out *mapreduce.Emitter) mapreduce.Mapper {
			key := s.keyOf(s.Field)
			return s.each(out, func(_ mapreduce.Block, record []byte) error {
				k, err := key(record)
				if err == nil {
					out.EmitWord(k, 0)
				}
				return err
			})
		},
		Reduce: func(int) mapreduce.Reducer {
			return mapreduce.ReduceFunc(func(key []byte, _ iter.Seq[[]byte], out *mapreduce.Output) error {
				out.Write(key)
				out.Write(end)
				return nil
			})
		},
	}, nil
}

// join writes "left<tab>right" for every pair of records with equal keys. Left
// files come first in the input, hence left records first among the values of a
// key: only these are kept in memory.
func join(s Spec) (mapreduce.Plan, error) {
	if s.Field == 0 || s.Width > 0 {
		return mapreduce.Plan{}, errors.New("say on which field of lines or CSV records")
	}
	separator := cmp.Or(s.Separator, "\t")
	if s.CSV {
		separator = ","
	}
	return mapreduce.Plan{
		Bulky: true,
		Map: func(out *mapreduce.Emitter) mapreduce.Mapper {
			left, right := s.keyOf(s.Field), s.keyOf(cmp.Or(s.RightField, s.Field))
			var value []byte
			return s.each(out, func(b mapreduce.Block, record []byte) error {
				key, side := right, byte(1)
				if slices.Contains(s.Left, b.File) {
					key, side = left, 0
				}
				k, err := key(record)
				if err == nil {
					value = append(append(value[:0], side), record...)
					out.Emit(k, value)
				}
				return err
			})
		},
		Reduce: func(int) mapreduce.Reducer {
			return mapreduce.ReduceFunc(func(key []byte, values iter.Seq[[]byte], out *mapreduce.Output) error {
				return joinKey(values, separator, out)
			})
		},
	}, nil
}

// maxLeft bounds the left records of one key that a join keeps, in bytes.
const maxLeft = 64 << 20

func joinKey(values iter.Seq[[]byte], separator string, out *mapreduce.Output) error {
	var left []string
	size := 0
	for v := range values {
		if v[0] == 0 {
			if size += len(v); size > maxLeft {
				return fmt.Errorf("the left side has more than %d bytes of this key; exchange the sides, or leave the key out", maxLeft)
			}
			left = append(left, strings.TrimSuffix(string(v[1:]), "\r"))
			continue
		}
		for _, l := range left {
			out.Write([]byte(l))
			out.Write([]byte(separator))
			out.Write(v[1:])
			out.Write([]byte{'\n'})
		}
	}
	return nil
}

// topK writes the k most frequent records, fields or words, the most frequent
// first; of those that are as frequent, the smallest.
func topK(s Spec) (mapreduce.Plan, error) {
	if s.K < 1 {
		return mapreduce.Plan{}, errors.New("say how many: K is at least 1")
	}
	plan, err := wordCount(s)
	if !s.Words {
		plan.Map = func(out *mapreduce.Emitter) mapreduce.Mapper {
			key := s.keyOf(s.Field)
			return s.each(out, func(_ mapreduce.Block, record []byte) error {
				k, err := key(record)
				if err == nil {
					out.EmitWord(k, 1)
				}
				return err
			})
		}
	}
	plan.Partition = func([]byte, int) int { return 0 } // there is one list of the top
	plan.Reduce = func(int) mapreduce.Reducer { return &top{k: s.K} }
	return plan, err
}

type counted struct {
	key   string
	count uint64
}

// top keeps the k largest counts; the heap's root is the first to go.
type top struct {
	k    int
	best []counted
}

func (t *top) Len() int           { return len(t.best) }
func (t *top) Swap(i, j int)      { t.best[i], t.best[j] = t.best[j], t.best[i] }
func (t *top) Push(x any)         { t.best = append(t.best, x.(counted)) }
func (t *top) Less(i, j int) bool { return t.best[i].below(t.best[j]) }
func (t *top) Pop() (x any) {
	x, t.best = t.best[len(t.best)-1], t.best[:len(t.best)-1]
	return x
}

func (c counted) below(other counted) bool {
	return cmp.Or(cmp.Compare(c.count, other.count), cmp.Compare(other.key, c.key)) < 0
}

func (t *top) Reduce(key []byte, values iter.Seq[[]byte], _ *mapreduce.Output) error {
	n := total(values)
	if len(t.best) == t.k && n <= t.best[0].count {
		return nil // keys come in order: this one is larger than those as frequent
	}
	if len(t.best) == t.k {
		heap.Pop(t)
	}
	heap.Push(t, counted{string(key), n})
	return nil
}

func (t *top) End(out *mapreduce.Output) error {
	slices.SortFunc(t.best, func(a, b counted) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.key, b.key)) })
	for _, c := range t.best {
		if err := writeCount([]byte(c.key), func(yield func([]byte) bool) {
			yield(binary.BigEndian.AppendUint64(nil, c.count))
		}, out); err != nil {
			return err
		}
	}
	return nil
}
