package rsmtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Op is a command of the Ledger: an operation of a history, by its number.
type Op struct {
	ID     uint64 `wire:"1"`
	Verb   uint8  `wire:"2"`
	Key    string `wire:"3"`
	Value  string `wire:"4"`
	Expect string `wire:"5"`
	Delta  int64  `wire:"6"`
	Pad    []byte `wire:"7"` // makes the command longer
}

// Get is a question to the Ledger: what is at Key?
type Get struct {
	Key string `wire:"1"`
}

// Got is the Ledger's answer to a command or question.
type Got struct {
	Value  string `wire:"1"`
	Number int64  `wire:"2"`
	Done   bool   `wire:"3"`
}

func init() {
	wire.Register[Op]("rsmtest.Op")
	wire.Register[Get]("rsmtest.Get")
	wire.Register[Got]("rsmtest.Got")
}

// Ledger is a state machine of keyed values and counters, for tests of
// replication. It tells Applied of every command that it executes, which lets a
// checker compare replicas.
type Ledger struct {
	cells   map[string]cell
	count   uint64 // commands executed
	Applied func(index rsm.Index, op uint64)
	// Local returns what a Stamp writes, for the experiment that shows why no
	// command may depend on where it is executed.
	Local func() string
}

// Stamp is a verb that writes what each replica thinks best.
const Stamp = 200

type cell struct {
	value  string
	number int64
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return &Ledger{cells: map[string]cell{}} }

// Apply executes an Op.
func (l *Ledger) Apply(index rsm.Index, command []byte) []byte {
	op := &Op{}
	if err := wire.UnmarshalBody(command, op); err != nil {
		panic(fmt.Sprintf("rsmtest: command at %d: %v", index, err))
	}
	l.count++
	if l.Applied != nil {
		l.Applied(index, op.ID)
	}
	if op.Verb == Stamp {
		op.Verb, op.Value = uint8(workload.Write), l.Local()
	}
	c := l.cells[op.Key]
	got := c.execute(op)
	l.cells[op.Key] = c
	return encode(&got)
}

func (c *cell) execute(op *Op) Got {
	switch workload.Verb(op.Verb) {
	case workload.Write:
		c.value = op.Value
	case workload.Delete:
		done := c.value != ""
		c.value = ""
		return Got{Done: done}
	case workload.CAS:
		if c.value != op.Expect {
			return Got{Value: c.value}
		}
		c.value = op.Value
		return Got{Value: c.value, Done: true}
	case workload.Add:
		c.number += op.Delta
	}
	return Got{Value: c.value, Number: c.number, Done: true}
}

// Query answers a Get.
func (l *Ledger) Query(question any) any {
	c := l.cells[question.(*Get).Key]
	return &Got{Value: c.value, Number: c.number, Done: true}
}

// ObjectOf returns the key of a Get.
func (l *Ledger) ObjectOf(question any) string { return question.(*Get).Key }

// ObjectsOf returns the keys that a batch of commands touches.
func ObjectsOf(batch []byte) (keys []string, all bool) {
	for body := range rsm.Bodies(batch) {
		op := &Op{}
		if err := wire.UnmarshalBody(body, op); err != nil {
			return nil, true
		}
		keys = append(keys, op.Key)
	}
	return keys, false
}

// Count returns how many commands were executed to reach this state.
func (l *Ledger) Count() uint64 { return l.count }

// captured is a ledger's canonical bytes.
type captured []byte

func (c captured) Release() {}

func (c captured) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(c)
	return int64(n), err
}

// Capture copies the state; a ledger is small.
func (l *Ledger) Capture() rsm.Capture { return captured(l.encode()) }

func (l *Ledger) encode() []byte {
	b := binary.AppendUvarint(nil, l.count)
	for _, key := range slices.Sorted(maps.Keys(l.cells)) {
		c := l.cells[key]
		op := encode(&Op{Key: key, Value: c.value, Delta: c.number})
		b = append(binary.AppendUvarint(b, uint64(len(op))), op...)
	}
	return b
}

// Restore reads what Capture wrote.
func (l *Ledger) Restore(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	in := bytes.NewReader(b)
	if l.count, err = binary.ReadUvarint(in); err != nil {
		return fmt.Errorf("rsmtest: restore: %w", err)
	}
	l.cells = map[string]cell{}
	for in.Len() > 0 {
		if err := l.restoreCell(in); err != nil {
			return fmt.Errorf("rsmtest: restore: %w", err)
		}
	}
	return nil
}

// Prepare reads what Capture wrote, and leaves the present state alone.
func (l *Ledger) Prepare(r io.Reader) (rsm.Prepared, error) {
	next := &Ledger{}
	return &prepared{l, next}, next.Restore(r)
}

// prepared is what a ledger is to become.
type prepared struct{ ledger, next *Ledger }

func (p *prepared) Adopt() error {
	p.ledger.cells, p.ledger.count = p.next.cells, p.next.count
	return nil
}

func (p *prepared) Discard() {}

func (l *Ledger) restoreCell(in *bytes.Reader) error {
	n, err := binary.ReadUvarint(in)
	if err != nil || n > uint64(in.Len()) {
		return io.ErrUnexpectedEOF
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(in, b); err != nil {
		return err
	}
	op := &Op{}
	if err := wire.UnmarshalBody(b, op); err != nil {
		return err
	}
	l.cells[op.Key] = cell{op.Value, op.Delta}
	return nil
}

// Digest condenses the state.
func (l *Ledger) Digest() uint64 {
	h := fnv.New64a()
	h.Write(l.encode())
	return h.Sum64()
}

func encode(m any) []byte {
	b, err := wire.AppendBody(nil, m)
	if err != nil {
		panic(fmt.Sprintf("rsmtest: %v", err))
	}
	return b
}
