package kvtest

import (
	"bytes"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Record is the commands in the order in which replicas execute them, as the
// first of them did. It notices at once when another replica executes something
// else at the same place, or answers otherwise.
type Record struct {
	entries   []entry
	places    map[rsm.Index]int // where an index begins in entries
	replicas  map[node.Addr]*reader
	now       func() time.Duration
	epoch     func() uint64
	violation string
}

// entry is a command that was executed.
type entry struct {
	index   rsm.Index
	command []byte
	result  []byte
	at      time.Duration // when the first replica executed it
	epoch   uint64        // of the leadership at that time
	by      node.Addr     // that replica
}

// reader is how far a replica has come.
type reader struct {
	index rsm.Index
	nth   int // of the commands there
}

func newRecord(now func() time.Duration, epoch func() uint64) *Record {
	return &Record{places: map[rsm.Index]int{}, replicas: map[node.Addr]*reader{}, now: now, epoch: epoch}
}

func (r *Record) breach(format string, args ...any) {
	if r.violation == "" {
		r.violation = fmt.Sprintf(format, args...)
	}
}

// started takes notice of a new incarnation.
func (r *Record) started(a node.Addr) { r.replicas[a] = &reader{} }

func (r *Record) executed(a node.Addr, index rsm.Index, command, result []byte) {
	v := r.replicas[a]
	if v.index != index {
		*v = reader{index: index}
	}
	at, known := r.places[index]
	if !known {
		at = len(r.entries)
		r.places[index] = at
	}
	at += v.nth
	v.nth++
	if at == len(r.entries) {
		r.entries = append(r.entries, entry{index, command, result, r.now(), r.epoch(), a})
		return
	}
	switch e := &r.entries[at]; {
	case e.index != index || !bytes.Equal(e.command, command):
		r.breach("one order: at index %d %s executes another command than %s did", index, a, e.by)
	case !bytes.Equal(e.result, result):
		r.breach("determinism: at index %d %s answers %s, where %s answered %s", index, a, describe(result), e.by, describe(e.result))
	}
}

func describe(result []byte) string {
	r, err := kv.DecodeResult(result)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%+v", *r)
}

// decode returns the command and the result of an entry.
func (e *entry) decode() (*kv.Command, *kv.Result) {
	c := new(kv.Command)
	if err := wire.UnmarshalBody(e.command, c); err != nil {
		panic(fmt.Sprintf("kvtest: command at %d: %v", e.index, err))
	}
	r, err := kv.DecodeResult(e.result)
	if err != nil {
		panic(fmt.Sprintf("kvtest: result at %d: %v", e.index, err))
	}
	return c, r
}

// recorded is a store that tells the record what it executes.
type recorded struct {
	*kv.Store
	record *Record
	at     node.Addr
}

// Apply executes a command.
func (m *recorded) Apply(index rsm.Index, command []byte) []byte {
	result := m.Store.Apply(index, command)
	m.record.executed(m.at, index, bytes.Clone(command), result)
	return result
}
