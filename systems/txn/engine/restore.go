package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Restore makes a database out of a backup, in a host's directory that has none, and
// calls done when it is durable. The next Open recovers it.
//
// newer, if not nil, is the log of the database that was lost: then the restored one
// has all that was committed, and not only what the backup has. The error is ErrOtherLog
// if it is another's.
func Restore(host Host, from io.Reader, newer node.Log, done func(error)) {
	r := &restoring{host: host, from: from, newer: newer}
	r.done = func(err error) {
		if err != nil {
			err = fmt.Errorf("engine: restore: %w", err)
		}
		done(err)
	}
	if err := r.begin(); err != nil {
		r.done(err)
		return
	}
	r.next()
}

// restoring is a restore that is under way.
type restoring struct {
	host    Host
	from    io.Reader
	newer   node.Log
	done    func(error)
	preface preface
	data    node.File
	log     node.Log
	last    node.LSN // appended
	buf     []byte
	pages   uint64
}

func (r *restoring) begin() (err error) {
	there, err := aries.HasMaster(r.host.Disk())
	if err != nil {
		return err
	}
	r.log = r.host.Log(aries.Stream)
	if there {
		return errors.New("the directory has a database already")
	}
	if r.log.Next() > 1 {
		return errors.New("the directory has the log of a database already, which may be what an earlier restore has left")
	}
	if r.preface, err = readPreface(r.from); err != nil {
		return err
	}
	r.last = r.preface.from - 1
	if err := pool.Create(r.host.Disk()); err != nil {
		return err
	}
	r.data, err = r.host.Disk().Open(pool.DataFile)
	return err
}

// next reads some blocks, and goes on when the log has taken what they brought.
func (r *restoring) next() {
	for read := 0; read < 4*chunk; {
		kind, data, grown, err := readBlock(r.from, r.buf)
		r.buf = grown
		if err == nil {
			err = r.take(kind, data)
		}
		if err != nil {
			r.done(err)
			return
		}
		if kind == endBlock {
			r.forwardFrom()
			return
		}
		read += len(data)
	}
	r.host.Durable(r.next)
}

func (r *restoring) take(kind block, data []byte) error {
	switch {
	case kind == pageBlock && len(data) == 4+r.preface.pageSize:
		id := page.ID(binary.LittleEndian.Uint32(data))
		p := page.Page(data[4:])
		if damage := p.Check(id); damage != "" {
			return &page.DamageError{File: "the backup", ID: id, Reason: damage}
		}
		r.pages++
		_, err := r.data.WriteAt(p, int64(id)*int64(len(p)))
		return err
	case kind == logBlock && len(data) >= 8:
		return r.append(node.LSN(binary.LittleEndian.Uint64(data)), data[8:])
	case kind == endBlock && len(data) == 24:
		end, pages := node.LSN(binary.LittleEndian.Uint64(data)), binary.LittleEndian.Uint64(data[8:])
		if end != r.last || pages != r.pages {
			return fmt.Errorf("%w: it should hold %d pages and end with log record %d; it has %d, and ends with %d", ErrBackup, pages, end, r.pages, r.last)
		}
		return nil
	}
	return fmt.Errorf("%w: a block of kind %q with %d bytes", ErrBackup, kind, len(data))
}

// append appends a record of the old log to the new one, whose numbers begin at 1.
func (r *restoring) append(lsn node.LSN, record []byte) error {
	if lsn != r.last+1 {
		return fmt.Errorf("%w: log record %d comes after %d", ErrBackup, lsn, r.last)
	}
	r.log.Append(record)
	r.last = lsn
	return nil
}

// ErrOtherLog says that a log cannot go on from a backup: it is that of another
// database, or was not kept since the backup (KeepLog).
var ErrOtherLog = errors.New("the log does not go on from the backup")

// overlap is how many records, at most, are kept of the log that a backup ends with, and
// compared: that a log goes on from a backup shows in the records that both have.
const overlap = 256

// forwardFrom finds out whether the lost database's log goes on from the backup.
func (r *restoring) forwardFrom() {
	if r.newer == nil {
		r.finish()
		return
	}
	if err := r.joins(); err != nil {
		r.done(err)
		return
	}
	r.forward()
}

// joins compares the last records of the backup with those that the log has of them, of
// which there is one at least.
func (r *restoring) joins() error {
	from := max(r.preface.from, r.last+1-min(r.last, overlap))
	ours := map[node.LSN]string{}
	for at, record := range r.log.Records(from - r.preface.from + 1) {
		ours[at+r.preface.from-1] = string(record)
	}
	met := 0
	base := r.preface.base
	for at, record := range r.newer.Records(from - base) {
		lsn := at + base
		if lsn > r.last {
			break
		}
		if string(record) != ours[lsn] {
			return fmt.Errorf("%w: its record %d is not that of the backup; it is another database's", ErrOtherLog, lsn)
		}
		met++
	}
	if met == 0 {
		return fmt.Errorf("%w: it has records %d to %d, and the backup ends with %d", ErrOtherLog, r.newer.First()+base, r.newer.Next()-1+base, r.last)
	}
	return nil
}

// forward adds what the lost database's log has beyond the backup.
func (r *restoring) forward() {
	bytes := 0
	base := r.preface.base
	for lsn, record := range r.newer.Records(r.last + 1 - base) {
		if err := r.append(lsn+base, record); err != nil {
			r.done(err)
			return
		}
		if bytes += len(record); bytes > 4*chunk {
			r.host.Durable(r.forward)
			return
		}
	}
	r.finish()
}

// finish makes all durable, the master record last.
func (r *restoring) finish() {
	r.host.Durable(func() {
		r.data.Sync(func(err error) {
			if err = errors.Join(err, r.data.Close()); err != nil {
				r.done(err)
				return
			}
			m := &aries.Master{PageSize: r.preface.pageSize, Base: r.preface.from - 1, Checkpoint: r.preface.checkpoint}
			aries.CreateMaster(r.host.Disk(), m, r.done)
		})
	})
}
