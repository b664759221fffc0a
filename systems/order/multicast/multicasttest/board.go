package multicasttest

import (
	"encoding/binary"
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/order/multicast"
)

// Entry is a delivery as a board keeps it. The body of every multicast of a run
// is a number of its own.
type Entry struct {
	ID       uint64             `wire:"1"`
	Delivery multicast.Delivery `wire:"-"`
}

// history is a board in a checkpoint.
type history struct {
	IDs    []uint64 `wire:"1"`
	Counts []uint64 `wire:"2"`
}

var _ = wire.Register[history]("multicasttest.history")

// board is the application of one incarnation of a member: the list of what was
// delivered to it.
type board struct {
	ids    []uint64
	counts []uint64 // by sender: its multicasts delivered
	// before is told of a delivery ahead of its being listed; nil for nothing.
	before func(b *board, e Entry)
}

// Deliver implements multicast.Application.
func (b *board) Deliver(d multicast.Delivery) {
	e := Entry{ID: number(d.Body), Delivery: d}
	if b.before != nil {
		b.before(b, e)
	}
	b.ids = append(b.ids, e.ID)
	b.counts[d.From]++
}

// Snapshot implements multicast.Application.
func (b *board) Snapshot() []byte {
	s, err := wire.Marshal(&history{IDs: b.ids, Counts: b.counts})
	if err != nil {
		panic(err)
	}
	return s
}

// Restore implements multicast.Application.
func (b *board) Restore(snapshot []byte) error {
	m, err := wire.Unmarshal(snapshot)
	if err != nil {
		return err
	}
	h, ok := m.(*history)
	if !ok {
		return fmt.Errorf("a board restores from %T", m)
	}
	b.ids, b.counts = h.IDs, h.Counts
	return nil
}

func body(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

func number(body []byte) uint64 { return binary.BigEndian.Uint64(body) }
