package jobs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"regexp"

	"github.com/parleysystems/parley/mapreduce"
)

// grep writes the lines that match, in the order of the input: the key of a
// line is where it stands.
func grep(s Spec) (mapreduce.Plan, error) {
	if s.Pattern == "" {
		return mapreduce.Plan{}, errors.New("the pattern is empty")
	}
	if s.CSV || s.Width > 0 {
		return mapreduce.Plan{}, errors.New("it looks at lines only")
	}
	m := matcher{literal: []byte(s.Pattern)}
	if s.Regexp {
		expression, err := regexp.Compile("(?m:" + s.Pattern + ")")
		if err != nil {
			return mapreduce.Plan{}, fmt.Errorf("pattern: %w", err)
		}
		prefix, _ := regexp.MustCompile(s.Pattern).LiteralPrefix()
		m = matcher{expression: expression, literal: []byte(prefix)}
	}
	if bytes.IndexByte([]byte(s.Pattern), '\n') >= 0 {
		return mapreduce.Plan{}, errors.New("the pattern has a newline, and no line does")
	}
	if s.Count {
		return countMatches(m), nil
	}
	return mapreduce.Plan{
		Map:       func(out *mapreduce.Emitter) mapreduce.Mapper { return &grepper{Spec: s, matcher: m, out: out} },
		Partition: func(key []byte, r int) int { return 0 }, // one order of all lines
		Reduce:    func(int) mapreduce.Reducer { return mapreduce.ReduceFunc(writeValues) },
	}, nil
}

func writeValues(_ []byte, values iter.Seq[[]byte], out *mapreduce.Output) error {
	for v := range values {
		out.Write(v)
		out.Write([]byte{'\n'})
	}
	return nil
}

// matcher finds the lines of a block that match.
type matcher struct {
	literal    []byte         // what matches, or what a match begins with
	expression *regexp.Regexp // nil if the literal is all
}

// matches calls f with every line that matches, and its offset in text. It looks
// for the literal in the block as a whole, since lines without it are most.
func (m matcher) matches(text []byte, f func(offset int, line []byte)) {
	for at := 0; at < len(text); {
		hit := bytes.Index(text[at:], m.literal)
		if hit < 0 {
			return
		}
		begin := bytes.LastIndexByte(text[:at+hit], '\n') + 1
		end := len(text)
		if i := bytes.IndexByte(text[at+hit:], '\n'); i >= 0 {
			end = at + hit + i
		}
		if line := text[begin:end]; m.expression == nil || m.expression.Match(line) {
			f(begin, line)
		}
		at = end + 1
	}
}

type grepper struct {
	Spec
	matcher
	out   *mapreduce.Emitter
	value []byte
}

// Map emits (place, line). Places are ordered as the input is: the task, the file
// within it, the offset.
func (g *grepper) Map(b mapreduce.Block) error {
	var place [16]byte
	binary.BigEndian.PutUint32(place[:], uint32(g.out.Task()))
	binary.BigEndian.PutUint32(place[4:], uint32(b.Piece))
	g.matches(b.Data, func(offset int, line []byte) {
		binary.BigEndian.PutUint64(place[8:], uint64(b.Offset)+uint64(offset))
		if g.Filename {
			g.value = append(append(append(g.value[:0], b.File...), ':'), line...)
			line = g.value
		}
		g.out.Emit(place[:], line)
	})
	return nil
}

func (g *grepper) End() error { return nil }

// countMatches writes "file<tab>count" for files with matches.
func countMatches(m matcher) mapreduce.Plan {
	return mapreduce.Plan{
		Fold: add,
		Map: func(out *mapreduce.Emitter) mapreduce.Mapper {
			return mapreduce.MapFunc(func(b mapreduce.Block) error {
				n := uint64(0)
				m.matches(b.Data, func(int, []byte) { n++ })
				if n > 0 {
					out.EmitWord([]byte(b.File), n)
				}
				return nil
			})
		},
		Reduce: func(int) mapreduce.Reducer { return mapreduce.ReduceFunc(writeCount) },
	}
}
