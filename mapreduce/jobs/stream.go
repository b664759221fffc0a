package jobs

import (
	"bytes"
	"errors"
	"iter"

	"github.com/parleysystems/parley/mapreduce"
)

// streaming runs map and reduce as shell commands. The mapper reads records as lines
// and prints "key<tab>value" lines; the reducer reads such lines, sorted by key,
// and what it prints is the output. Without a mapper the input is such lines
// already; without a reducer they are the output.
func streaming(s Spec) (mapreduce.Plan, error) {
	if s.Mapper == "" && s.Reducer == "" {
		return mapreduce.Plan{}, errors.New("give --mapper, --reducer, or both")
	}
	if s.Width > 0 {
		return mapreduce.Plan{}, errors.New("commands read lines, so records cannot be of a fixed length")
	}
	return mapreduce.Plan{
		Bulky: true,
		Map: func(out *mapreduce.Emitter) mapreduce.Mapper {
			if s.Mapper == "" {
				return s.each(out, func(_ mapreduce.Block, record []byte) error {
					emitLine(out, record)
					return nil
				})
			}
			return &commandMapper{text: s.Mapper, out: out}
		},
		Reduce: func(int) mapreduce.Reducer {
			if s.Reducer == "" {
				return mapreduce.ReduceFunc(writePairs)
			}
			return &commandReducer{text: s.Reducer}
		},
	}, nil
}

func emitLine(out *mapreduce.Emitter, line []byte) {
	key, value, _ := bytes.Cut(line, []byte{'\t'})
	out.Emit(key, value)
}

func writePairs(key []byte, values iter.Seq[[]byte], out *mapreduce.Output) error {
	for v := range values {
		for _, part := range [][]byte{key, {'\t'}, v, {'\n'}} {
			out.Write(part)
		}
	}
	return nil
}

// commandMapper is a mapper that is a command; it is started with the first block.
type commandMapper struct {
	text    string
	out     *mapreduce.Emitter
	command *command
}

func (m *commandMapper) Map(b mapreduce.Block) (err error) {
	if m.command == nil {
		m.command, err = start(m.text, func(line []byte) { emitLine(m.out, line) })
		if err != nil {
			return err
		}
	}
	return m.command.write(b.Data)
}

func (m *commandMapper) End() error {
	if m.command == nil {
		return nil
	}
	return m.command.finish()
}

func (m *commandMapper) Close() error {
	m.command.kill()
	return nil
}

// commandReducer is a reducer that is a command.
type commandReducer struct {
	text    string
	command *command
	line    []byte
}

func (r *commandReducer) Reduce(key []byte, values iter.Seq[[]byte], out *mapreduce.Output) error {
	if err := r.begin(out); err != nil {
		return err
	}
	for v := range values {
		r.line = append(append(append(append(r.line[:0], key...), '\t'), v...), '\n')
		if err := r.command.write(r.line); err != nil {
			return err
		}
	}
	return nil
}

func (r *commandReducer) begin(out *mapreduce.Output) (err error) {
	if r.command == nil {
		r.command, err = start(r.text, func(line []byte) {
			out.Write(line)
			out.Write([]byte{'\n'})
		})
	}
	return err
}

func (r *commandReducer) End(out *mapreduce.Output) error {
	if r.command == nil {
		return nil
	}
	return r.command.finish()
}

func (r *commandReducer) Close() error {
	r.command.kill()
	return nil
}
