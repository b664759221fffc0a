package jobs

import (
	"bytes"
	"encoding/binary"
	"iter"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/parleysystems/parley/mapreduce"
)

// space marks what separates words: the white space of ASCII, as tr and awk have
// it in the C locale.
var space = [256]bool{' ': true, '\t': true, '\n': true, '\v': true, '\f': true, '\r': true}

// eachWord calls f with the runs of bytes between white space. What is not UTF-8
// is part of a word like anything else.
func eachWord(text []byte, f func(word []byte)) {
	for i := 0; i < len(text); {
		for i < len(text) && space[text[i]] {
			i++
		}
		begin := i
		for i < len(text) && !space[text[i]] {
			i++
		}
		if i > begin {
			f(text[begin:i:i])
		}
	}
}

// words returns the splitter that a specification asks for. It reports bytes
// that are no UTF-8 where they matter.
func (s Spec) words(out *mapreduce.Emitter) func(text []byte, f func([]byte)) {
	split := eachWord
	if s.Letters {
		split = func(text []byte, f func([]byte)) { eachLetters(text, out, f) }
	}
	if !s.FoldCase {
		return split
	}
	return func(text []byte, f func([]byte)) {
		split(text, func(word []byte) { f(bytes.ToLower(word)) })
	}
}

const countInvalid = "invalid UTF-8 bytes"

// eachLetters calls f with the runs of letters and digits; bytes that are no UTF-8
// end a word and are counted.
func eachLetters(text []byte, out *mapreduce.Emitter, f func([]byte)) {
	begin, invalid := -1, int64(0)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			invalid++
		}
		inside := unicode.IsLetter(r) || unicode.IsDigit(r)
		if inside && begin < 0 {
			begin = i
		} else if !inside && begin >= 0 {
			f(text[begin:i])
			begin = -1
		}
		i += size
	}
	if begin >= 0 {
		f(text[begin:])
	}
	if invalid > 0 {
		out.Count(countInvalid, invalid)
	}
}

func add(a, b uint64) uint64 { return a + b }

func total(values iter.Seq[[]byte]) (sum uint64) {
	for v := range values {
		sum += binary.BigEndian.Uint64(v)
	}
	return sum
}

// wordCount writes "word<tab>count".
func wordCount(s Spec) (mapreduce.Plan, error) {
	return mapreduce.Plan{
		Fold: add,
		Map: func(out *mapreduce.Emitter) mapreduce.Mapper {
			words := s.words(out)
			one := func(word []byte) { out.EmitWord(word, 1) }
			return mapreduce.MapFunc(func(b mapreduce.Block) error {
				words(b.Data, one)
				return nil
			})
		},
		Reduce: func(int) mapreduce.Reducer { return mapreduce.ReduceFunc(writeCount) },
	}, nil
}

func writeCount(key []byte, values iter.Seq[[]byte], out *mapreduce.Output) error {
	out.Write(key)
	var number [24]byte
	out.Write(append(strconv.AppendUint(append(number[:0], '\t'), total(values), 10), '\n'))
	return nil
}
