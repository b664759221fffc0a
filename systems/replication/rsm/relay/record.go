package relay

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// What outlives a crash is one stream of records in the host's write-ahead log. A
// record is a type and numbers as uvarint:
//
//	49 index epoch data   the next entry
//	50 index epoch        what is behind index is gone; the history is fitted in epoch
//	51 index epoch        the history is empty, and goes on behind an entry of epoch
//	52 epoch mark         fitted in epoch; the engine's name, 0, and its own mark
//
// (No engine but those on a relay has records of these types, and they are told apart
// by the names in their marks: a disk that another engine wrote is refused.) What is below the newest durable checkpoint is trimmed: the mark is
// written anew, behind all that stays, and once that is durable the stream is cut
// before the record of the first entry that is kept.
const (
	recordEntry   = 49
	recordFit     = 50
	recordRestart = 51
	recordMark    = 52
)

// streamName is the stream in the host's write-ahead log.
const streamName = "log"

func appendEntryRecord(b []byte, i rsm.Index, e *Entry) []byte {
	return append(appendNumbers(b, recordEntry, uint64(i), uint64(e.Epoch)), e.Data...)
}

func appendNumbers(b []byte, record byte, numbers ...uint64) []byte {
	b = append(b, record)
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func (h *history) save(record byte, numbers ...uint64) {
	h.scratch = appendNumbers(h.scratch[:0], record, numbers...)
	h.stream.Append(h.scratch)
}

// saveMark writes what is not an entry, and returns where.
func (h *history) saveMark() node.LSN {
	h.scratch = append(appendNumbers(h.scratch[:0], recordMark, uint64(h.fitted)), h.mark...)
	return h.stream.Append(h.scratch)
}

var errRecord = errors.New("malformed record, or another engine's")

// replay reads the stream back.
func (h *history) replay() error {
	for lsn, record := range h.stream.Records(0) {
		if err := h.replayRecord(lsn, record); err != nil {
			return fmt.Errorf("relay: replay record %d of stream %q: %w", lsn, streamName, err)
		}
	}
	return nil
}

func (h *history) replayRecord(lsn node.LSN, record []byte) error {
	if len(record) == 0 {
		return errRecord
	}
	first, rest, err := number(record[1:])
	if err != nil {
		return err
	}
	if record[0] == recordMark {
		h.fitted, h.mark = Epoch(first), append([]byte(nil), rest...)
		return nil
	}
	second, rest, err := number(rest)
	if err != nil {
		return err
	}
	index, epoch := rsm.Index(first), Epoch(second)
	switch record[0] {
	case recordEntry:
		return h.replayEntry(lsn, index, Entry{Epoch: epoch, Data: append([]byte(nil), rest...)})
	case recordFit:
		if h.fitted = epoch; index >= h.base { // what is before base was trimmed
			h.truncate(index)
		}
	case recordRestart:
		h.restart(index, epoch)
	default:
		return errRecord
	}
	return nil
}

// replayEntry puts an entry in its place. What stands first in a trimmed stream
// may have any index.
func (h *history) replayEntry(lsn node.LSN, i rsm.Index, e Entry) error {
	switch {
	case len(h.entries) == 0 && h.baseEpoch == 0:
		h.restart(i-1, 0)
	case i != h.last()+1:
		return fmt.Errorf("entry %d after entry %d", i, h.last())
	}
	h.push(e, lsn)
	return nil
}

func number(b []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, errRecord
	}
	return v, b[n:], nil
}
