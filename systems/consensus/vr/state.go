package vr

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parleysystems/parley/node"
)

// What outlives a crash is one stream of records in the host's write-ahead log. A
// record is a type and numbers as uvarint:
//
//	17 view normal            the view, and the latest in which the status was normal
//	18 op view kind data      the next entry
//	19 op view kind data      the first entry of another log
//	20 op view kind data      the next entry of that
//	21 base view count        the other log, of count entries, takes the place of
//	                          everything behind base; the view is normal with it
//	22 op view                the log is empty, and goes on behind op
//	23 op configuration       the group, as of op
//
// A log is exchanged by record 21 at one stroke: a crash leaves the old one or the
// new one, never the old one cut off and the new one half there. A replica with
// such a log could be chosen for what it no longer has (I5).
//
// A volatile replica writes records 17 and 23 alone. (No other engine's records have these types, so a
// disk that another engine wrote is refused.)
//
// What is below the newest durable checkpoint is trimmed: first view and group
// are written anew, behind all that stays, and once that is durable the stream is
// cut before the record of the first entry that is kept.
const (
	recordView       = 17
	recordEntry      = 18
	recordFirstOther = 19
	recordNextOther  = 20
	recordExchange   = 21
	recordRestart    = 22
	recordGroup      = 23
)

// streamName is the stream in the host's write-ahead log.
const streamName = "log"

func appendEntryRecord(b []byte, record byte, n OpNumber, e *Entry) []byte {
	b = append(b, record)
	b = binary.AppendUvarint(b, uint64(n))
	b = binary.AppendUvarint(b, uint64(e.View))
	b = append(b, byte(e.Kind))
	return append(b, e.Data...)
}

func (r *VR) save(record byte, numbers ...uint64) node.LSN {
	b := append(r.log.scratch[:0], record)
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	r.log.scratch = b
	return r.stream.Append(b)
}

// saveView writes which view this replica is in. Whatever depends on it leaves by
// Send, which the kernel holds until it is durable.
func (r *VR) saveView() { r.save(recordView, uint64(r.view), uint64(r.normal)) }

// saveGroup writes who the group is, apart from the log.
func (r *VR) saveGroup(n OpNumber, c *Configuration) node.LSN {
	b := append(r.log.scratch[:0], recordGroup)
	b = append(binary.AppendUvarint(b, uint64(n)), c.encode()...)
	r.log.scratch = b
	return r.stream.Append(b)
}

// trim gives back the records of what a durable checkpoint reflects.
func (r *VR) trim(n OpNumber) {
	at, c := r.configs.asOf(n)
	before := r.saveGroup(at, c)
	r.saveView()
	if r.log.stream != nil && n >= r.log.base && n < r.log.last() {
		before = min(before, r.log.lsn[n-r.log.base])
	}
	r.env.Durable(func() { r.stream.Trim(before) })
}

var errRecord = errors.New("malformed record, or another engine's")

// replay reads the stream back.
func (r *VR) replay() error {
	var other opLog
	for lsn, record := range r.stream.Records(0) {
		if err := r.replayRecord(&other, lsn, record); err != nil {
			return fmt.Errorf("vr: replay record %d of stream %q: %w", lsn, streamName, err)
		}
	}
	return nil
}

func (r *VR) replayRecord(other *opLog, lsn node.LSN, record []byte) error {
	if len(record) == 0 {
		return errRecord
	}
	first, n := binary.Uvarint(record[1:])
	if n <= 0 {
		return errRecord
	}
	rest := record[1+n:]
	if record[0] == recordGroup {
		c, err := decodeConfiguration(rest)
		if err == nil {
			r.configs.learn(OpNumber(first), c)
		}
		return err
	}
	second, n := binary.Uvarint(rest)
	if n <= 0 {
		return errRecord
	}
	rest = rest[n:]
	switch record[0] {
	case recordView:
		r.view, r.normal = View(first), View(second)
	case recordRestart:
		r.log.restart(OpNumber(first), View(second))
	case recordExchange:
		count, n := binary.Uvarint(rest)
		if n <= 0 {
			return errRecord
		}
		if count == 0 {
			other.restart(0, 0) // what a crash left half written
		}
		r.replayExchange(OpNumber(first), View(second), other)
	case recordEntry, recordFirstOther, recordNextOther:
		return r.replayEntry(other, lsn, record[0], OpNumber(first), View(second), rest)
	default:
		return errRecord
	}
	return nil
}

// replayEntry puts an entry in its place. What stands first in a trimmed stream
// may have any op-number.
func (r *VR) replayEntry(other *opLog, lsn node.LSN, record byte, n OpNumber, v View, rest []byte) error {
	if len(rest) == 0 {
		return errRecord
	}
	e := Entry{View: v, Kind: Kind(rest[0]), Data: append([]byte(nil), rest[1:]...)}
	l := &r.log
	if record != recordEntry {
		l = other
	}
	switch {
	case record == recordFirstOther, len(l.entries) == 0 && l.baseView == 0:
		l.restart(n-1, 0)
	case n != l.last()+1:
		return fmt.Errorf("entry %d after entry %d", n, l.last())
	}
	l.push(e, lsn)
	return nil
}

func (r *VR) replayExchange(base OpNumber, v View, other *opLog) {
	l := &r.log
	if len(other.entries) > 0 && (other.base > base || base < l.base || base > l.last()) {
		l.restart(other.base, 0) // what is before was trimmed
	} else {
		l.truncate(base + 1)
	}
	for i, e := range other.entries {
		l.push(e, other.lsn[i])
	}
	other.restart(0, 0)
	r.view, r.normal = v, v
}
