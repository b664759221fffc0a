package raft_test

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
	"io"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// journal is a state machine that remembers its commands, in order. A command's
// result is its place among them, as text of 8 bytes.
type journal struct{ commands [][]byte }

func (j *journal) Apply(_ rsm.Index, command []byte) []byte {
	j.commands = append(j.commands, command)
	return binary.BigEndian.AppendUint64(nil, uint64(len(j.commands)))
}

// Query answers with all commands, whatever is asked.
func (j *journal) Query(any) any { return j.commands[:len(j.commands):len(j.commands)] }

func (j *journal) Capture() rsm.Capture { return frozen(j.commands[:len(j.commands):len(j.commands)]) }

func (j *journal) Restore(r io.Reader) error {
	j.commands = nil
	for {
		var head [4]byte
		if _, err := io.ReadFull(r, head[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		command := make([]byte, binary.BigEndian.Uint32(head[:]))
		if _, err := io.ReadFull(r, command); err != nil {
			return err
		}
		j.commands = append(j.commands, command)
	}
}

func (j *journal) Prepare(r io.Reader) (rsm.Prepared, error) {
	next := &journal{}
	return &replacement{j, next}, next.Restore(r)
}

// replacement is what a journal is to become.
type replacement struct{ journal, next *journal }

func (r *replacement) Adopt() error {
	r.journal.commands = r.next.commands
	return nil
}

func (r *replacement) Discard() {}

func (j *journal) Digest() uint64 {
	h := fnv.New64a()
	frozen(j.commands).WriteTo(h)
	return h.Sum64()
}

type frozen [][]byte

func (f frozen) Release() {}

func (f frozen) WriteTo(w io.Writer) (n int64, err error) {
	for _, c := range f {
		k, err := io.Copy(w, bytes.NewReader(append(binary.BigEndian.AppendUint32(nil, uint32(len(c))), c...)))
		if n += k; err != nil {
			return n, err
		}
	}
	return n, nil
}
