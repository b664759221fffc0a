package aries

import (
	"encoding/binary"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Checkpoint is what an end-checkpoint record holds: the tables as they were when
// its begin-checkpoint record was written.
type Checkpoint struct {
	Begin  node.LSN
	NextID TxnID
	Txns   []Txn // without what only a live transaction needs
	Dirty  []pool.Dirty
}

func (c *Checkpoint) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(c.Begin))
	b = binary.AppendUvarint(b, uint64(c.NextID))
	b = binary.AppendUvarint(b, uint64(len(c.Txns)))
	for i := range c.Txns {
		t := &c.Txns[i]
		b = append(b, byte(t.State))
		for _, v := range []uint64{uint64(t.ID), uint64(t.First), uint64(t.Last), uint64(t.UndoNext)} {
			b = binary.AppendUvarint(b, v)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(c.Dirty)))
	for _, d := range c.Dirty {
		b = binary.AppendUvarint(b, uint64(d.Page))
		b = binary.AppendUvarint(b, uint64(d.RecLSN))
	}
	return b
}

func (d *decoder) tables() *Checkpoint {
	c := &Checkpoint{Begin: node.LSN(d.uint()), NextID: TxnID(d.uint())}
	for range d.count() {
		if d.bad {
			return c
		}
		t := Txn{State: State(d.byte())}
		t.ID, t.First, t.Last, t.UndoNext = TxnID(d.uint()), node.LSN(d.uint()), node.LSN(d.uint()), node.LSN(d.uint())
		d.bad = d.bad || t.State > Aborting
		c.Txns = append(c.Txns, t)
	}
	for range d.count() {
		if d.bad {
			return c
		}
		c.Dirty = append(c.Dirty, pool.Dirty{Page: d.page(), RecLSN: node.LSN(d.uint())})
	}
	d.bad = d.bad || len(d.b) > 0
	return c
}

// checkpointing is the checkpoint that is being taken.
type checkpointing struct {
	busy bool
	last node.LSN // begin of the last one that the master record leads to
	from node.LSN // the first record that a restart from it needs
	done []func(error)
}

// Checkpoint takes a fuzzy checkpoint (section 5.4) and calls done when the
// master record leads to it. Transactions go on meanwhile, and no page is written
// for it. One that is under way serves for all who ask.
//
//	append begin-checkpoint, copy the tables
//	... records of others ...
//	append end-checkpoint with the tables
//	force the log
//	write the LSN of begin-checkpoint into the master record, sync
//	trim the log
func (m *Manager) Checkpoint(done func(error)) {
	m.point.done = append(m.point.done, done)
	if m.point.busy {
		return
	}
	m.point.busy = true
	begin := m.mark(&Record{Kind: Begin})
	tables := m.tables(begin)
	m.WhenDurable(func() {
		end := m.mark(&Record{Kind: Tables, Tables: tables})
		//parley:rule aries.checkpoint.fuzzy force=false
		if m.durable < end {
			m.WhenDurable(func() { m.lead(tables) })
			return
		}
		m.lead(tables)
	})
}

// mark logs a record that belongs to no transaction.
func (m *Manager) mark(r *Record) node.LSN {
	m.buf = r.append(m.buf[:0])
	m.last = m.log.Append(m.buf)
	m.stats.Records++
	return m.last
}

func (m *Manager) tables(begin node.LSN) *Checkpoint {
	c := &Checkpoint{Begin: begin, NextID: m.nextID, Dirty: m.pool.DirtyPages()}
	for _, t := range m.Open() {
		c.Txns = append(c.Txns, Txn{ID: t.ID, State: t.State, First: t.First, Last: t.Last, UndoNext: t.UndoNext})
	}
	return c
}

// lead makes a restart begin at the checkpoint, whose records are durable.
func (m *Manager) lead(c *Checkpoint) {
	m.master.point(c.Begin, func(err error) {
		previous := m.point.last
		waiting := m.point.done
		m.point = checkpointing{last: c.Begin, from: c.from()}
		if err == nil {
			m.stats.Checkpoints++
			m.trim(m.point.from)
			m.pool.WriteBefore(previous)
		}
		for _, done := range waiting {
			done(err)
		}
	})
}

// Hold keeps the log from a record on, until the function that it returns is
// called: a backup needs it, or is to be rolled forward with it.
func (m *Manager) Hold(from node.LSN) (release func()) {
	m.holdID++
	id := m.holdID
	m.holds[id] = from
	return func() { delete(m.holds, id) }
}

// RedoPoint returns the first record that a restart from the last checkpoint, or
// from a copy of the pages that was begun since, would need.
func (m *Manager) RedoPoint() node.LSN { return m.point.from }

// from returns the first record that a restart from this checkpoint needs.
func (c *Checkpoint) from() node.LSN {
	from := c.Begin
	for _, d := range c.Dirty {
		from = min(from, d.RecLSN)
	}
	for i := range c.Txns {
		from = min(from, c.Txns[i].First)
	}
	return from
}

// Keep keeps the log from a record on until the next call, across restarts: a
// backup is to be rolled forward with it. 0 ends that. It is durable with the next
// checkpoint.
func (m *Manager) Keep(from node.LSN) { m.master.Keep = from }

// trim gives back what no restart and nobody who holds on to it needs.
func (m *Manager) trim(from node.LSN) {
	for _, lsn := range m.holds {
		from = min(from, lsn)
	}
	if m.master.Keep != 0 {
		from = min(from, m.master.Keep)
	}
	m.log.Trim(from)
}

// LastCheckpoint returns the begin-checkpoint record that the master record leads
// to.
func (m *Manager) LastCheckpoint() node.LSN { return m.point.last }
