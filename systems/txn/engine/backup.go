package engine

import (
	"encoding/binary"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Backup copies a database while it is in use. The copy is fuzzy: its pages are of
// different moments. The log that it ends with, from before the first page to after
// the last one was copied, makes them one state: what is restored is what a crash at
// the backup's end would have left (ARIES, section 7).
type Backup struct {
	d       *Database
	phase   int
	begun   *scheme.Ticket // fires when the checkpoint is complete
	preface preface
	release func()
	id      page.ID  // next page
	lsn     node.LSN // next record
	end     node.LSN
	pages   uint64
	buf     page.Page
}

// Backup returns one that has not begun.
func (d *Database) Backup() *Backup {
	return &Backup{d: d, release: func() {}, buf: make(page.Page, d.o.PageSize)}
}

// chunk is about how much Next returns at a time, in bytes.
const chunk = 256 << 10

// Next appends the next part of the backup to b; more is false at its end. After a
// ticket it has to be called again.
func (k *Backup) Next(b []byte) (part []byte, more bool, err error) {
	if k.d.err != nil {
		return b, false, k.d.err
	}
	switch k.phase {
	case 0:
		if err = k.begin(); err == nil {
			b = k.preface.append(b)
			k.phase++
		}
	case 1:
		b, err = k.copyPages(b)
	case 2:
		if wait := k.d.Force(); wait != nil {
			return b, true, wait
		}
		k.end, k.lsn = k.d.log.Durable(), k.preface.from
		k.phase++
	case 3:
		b, err = k.copyLog(b)
	case 4:
		var tail [16]byte
		binary.LittleEndian.PutUint64(tail[:], k.pages)
		binary.LittleEndian.PutUint64(tail[8:], uint64(k.end-k.preface.from+1))
		b = appendBlock(b, endBlock, uint64(k.end), 8, tail[:])
		k.phase++
		return b, false, nil
	}
	return b, err == nil, err
}

// begin takes a checkpoint and holds on to the log from its redo point.
func (k *Backup) begin() error {
	if k.begun == nil {
		k.begun = new(scheme.Ticket)
		k.d.Checkpoint(func(error) {
			m := k.d.log
			k.preface = preface{k.d.o.PageSize, m.LastCheckpoint(), m.RedoPoint(), k.d.master.Base}
			k.release = m.Hold(k.preface.from)
			k.begun.Fire()
		})
	}
	if !k.begun.Fired() {
		return k.begun
	}
	return k.d.err
}

// copyPages copies pages as memory has them, or else the disk. Blank ones are of
// transactions that come later in the log.
func (k *Backup) copyPages(b []byte) ([]byte, error) {
	for start := len(b); len(b)-start < chunk; k.id++ {
		if err := k.d.pool.Begin(1); err != nil {
			return b, err
		}
		meta, err := k.d.pool.Fix(aries.MetaPage, false)
		if err != nil {
			return b, err
		}
		if uint32(k.id) >= aries.Field(meta, aries.MetaCount) {
			k.phase++
			return b, nil
		}
		if f := k.d.pool.Peek(k.id); f != nil {
			copy(k.buf, f.Page)
			k.buf.Seal()
		} else if err := k.d.pool.ReadDisk(k.buf, k.id); err != nil {
			return b, err
		}
		b = appendBlock(b, pageBlock, uint64(k.id), 4, k.buf)
		k.pages++
	}
	return b, nil
}

func (k *Backup) copyLog(b []byte) ([]byte, error) {
	start := len(b)
	for lsn, r := range k.d.log.Log().Records(k.lsn) {
		if lsn != k.lsn {
			return b, &aries.LostError{LSN: k.lsn}
		}
		if lsn > k.end || len(b)-start >= chunk {
			break
		}
		b = appendBlock(b, logBlock, uint64(lsn), 8, r)
		k.lsn++
	}
	if k.lsn > k.end {
		k.phase++
	}
	return b, nil
}

// Close ends the backup, complete or not. If it is complete and keep is set, or the log
// was kept for an earlier backup, then it is kept from this one's end on, until the next:
// with both, the loss of the data file costs nothing. kept tells whether that is so; it is
// durable with the next checkpoint. The last records of the backup are kept as well, for
// Restore to tell a log from another's.
func (k *Backup) Close(keep bool) (kept bool) {
	k.release()
	k.release = func() {}
	if k.phase <= 4 || !keep && k.d.master.Keep == 0 {
		return false
	}
	k.d.log.Keep(max(k.preface.from, k.end+1-min(k.end, overlap)))
	return true
}
