package mapreduce

import (
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// Job is map and reduce as the paper has them (section 2.1): map turns a record
// into pairs, reduce is called once for each key with all of its values, keys in
// increasing order. Functions may be called from several goroutines at a time, and
// for one record more than once; they should give the same each time.
//
// K is a string, []byte, or a number (or a type made of one). V is anything: what is
// neither travels as JSON.
type Job[K, V any] struct {
	// Name of the job; empty is the name of the program.
	Name string
	// Input says what a record is; lines of text, unless it says otherwise.
	Input Format
	// Map emits pairs. An error, or a panic, is told with the record's place.
	Map func(r Record, emit func(K, V)) error
	// Combine folds values of one key, in any order and grouping, so it must be
	// commutative and associative. With one, much less is shuffled.
	Combine func(a, b V) V
	// Reduce writes what becomes of a key. Without it, a line "key<tab>value" is
	// written, once for what Combine makes of the values or else for each value.
	Reduce func(key K, values iter.Seq[V], out *Output) error
	// Partition says to which of r outputs a key goes; by hash, if it is nil.
	Partition func(key K, r int) int
}

// Record is one record of the input. Its text may be kept.
type Record struct {
	Text   string   // without the end of the line
	Fields []string // of a CSV record
	File   string
	Offset int64 // in File, or in what it unpacks to

	emitter *Emitter
}

// Count adds to a counter of the job, which the summary shows.
func (r Record) Count(name string, n int64) { r.emitter.Count(name, n) }

// Plan returns the job without its types.
func (j Job[K, V]) Plan() (Plan, error) {
	keys, err := keyCodec[K]()
	if err != nil {
		return Plan{}, err
	}
	if j.Map == nil {
		return Plan{}, errors.New("the job has no Map")
	}
	t := &typed[K, V]{job: j, keys: keys, values: valueCodec[V]()}
	p := Plan{Format: j.Input, Map: t.mapper, Reduce: func(int) Reducer { return ReduceFunc(t.reduce) }, Bulky: j.Combine == nil}
	if j.Partition != nil {
		p.Partition = func(key []byte, r int) int { return j.Partition(t.key(key), r) }
	}
	switch {
	case j.Combine != nil && t.values.word != nil:
		p.Fold = func(a, b uint64) uint64 {
			return t.values.word(j.Combine(t.values.unword(a), t.values.unword(b)))
		}
	case j.Combine != nil:
		p.Combine = t.combine
	}
	return p, nil
}

// typed is a job with the codecs of its types.
type typed[K, V any] struct {
	job    Job[K, V]
	keys   codec[K]
	values codec[V]
}

// mapper returns the mapper of one execution, with a buffer of its own.
func (t *typed[K, V]) mapper(out *Emitter) Mapper {
	emit := t.emit(out)
	return MapFunc(func(b Block) error {
		// One string a block: records are parts of it, and may be kept.
		text := string(b.Data)
		return t.job.Input.Records(b, func(offset int64, record []byte) error {
			if !out.Enter(b.File, offset) {
				return nil
			}
			at := int(offset - b.Offset)
			r := Record{Text: text[at : at+len(record)], File: b.File, Offset: offset, emitter: out}
			if t.job.Input.kind == csvRecords {
				fields, err := parseCSV(r.Text)
				if err != nil {
					return out.fail(err)
				}
				r.Fields = fields
			}
			if err := t.job.Map(r, emit); err != nil {
				return out.fail(err)
			}
			return nil
		})
	})
}

func parseCSV(text string) ([]string, error) {
	if strings.TrimSuffix(text, "\r") == "" {
		return nil, nil // encoding/csv skips empty lines and would meet the end
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	return r.Read()
}

func (t *typed[K, V]) emit(out *Emitter) func(K, V) {
	var key, value []byte
	bytesOf := t.keys.view
	if bytesOf == nil {
		bytesOf = func(k K) []byte {
			key = t.keys.append(key[:0], k)
			return key
		}
	}
	if t.job.Combine != nil && t.values.word != nil {
		return func(k K, v V) { out.EmitWord(bytesOf(k), t.values.word(v)) }
	}
	return func(k K, v V) {
		value = t.values.append(value[:0], v)
		out.Emit(bytesOf(k), value)
	}
}

func (t *typed[K, V]) key(b []byte) K {
	key, err := t.keys.decode(b)
	if err != nil {
		panic(stop{fmt.Errorf("a key does not read back: %w", err)})
	}
	return key
}

func (t *typed[K, V]) value(b []byte) V {
	v, err := t.values.decode(b)
	if err != nil {
		panic(stop{fmt.Errorf("a value does not read back: %w", err)})
	}
	return v
}

func (t *typed[K, V]) all(values iter.Seq[[]byte]) iter.Seq[V] {
	return func(yield func(V) bool) {
		for b := range values {
			if !yield(t.value(b)) {
				return
			}
		}
	}
}

func (t *typed[K, V]) combine(_ []byte, values iter.Seq[[]byte], emit func([]byte)) {
	emit(t.values.append(nil, t.folded(values)))
}

func (t *typed[K, V]) folded(values iter.Seq[[]byte]) (sum V) {
	if t.values.word != nil {
		fold := func(a, b uint64) uint64 {
			return t.values.word(t.job.Combine(t.values.unword(a), t.values.unword(b)))
		}
		return t.values.unword(foldAll(fold, values))
	}
	first := true
	for b := range values {
		if v := t.value(b); first {
			sum, first = v, false
		} else {
			sum = t.job.Combine(sum, v)
		}
	}
	return sum
}

func (t *typed[K, V]) reduce(key []byte, values iter.Seq[[]byte], out *Output) error {
	switch {
	case t.job.Reduce != nil && t.job.Combine != nil:
		sum := t.folded(values)
		return t.job.Reduce(t.key(key), func(yield func(V) bool) { yield(sum) }, out)
	case t.job.Reduce != nil:
		return t.job.Reduce(t.key(key), t.all(values), out)
	case t.job.Combine != nil:
		fmt.Fprintf(out, "%v\t%v\n", t.key(key), t.folded(values))
	default:
		k := t.key(key)
		for v := range t.all(values) {
			fmt.Fprintf(out, "%v\t%v\n", k, v)
		}
	}
	return nil
}

// Sum adds values up; it is a Combine.
func Sum[N int | int32 | int64 | uint | uint32 | uint64 | float64](a, b N) N { return a + b }
