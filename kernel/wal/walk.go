package wal

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/node"
)

// walker finds records in a segment, in the order in which they lie there.
type walker struct {
	seg  *segment
	off  int64  // of the batch after buf
	end  int64  // of what may be read
	body []byte // rest of the batch that it is in
	buf  []byte // the batches after that, as far as they were read
	at   int64  // offset of the batch that it is in
	step int64  // bytes to read at once
}

const (
	firstStep = 8 << 10
	maxStep   = 256 << 10
)

// find returns record lsn of a stream, which lies at the walker's place or
// after it. Its checksum has been verified (I1).
func (k *walker) find(stream uint32, lsn node.LSN) ([]byte, error) {
	for {
		for len(k.body) > 0 {
			e, rest, ok := parseEntry(k.body)
			if !ok {
				return nil, k.corrupt("a record longer than its batch", nil)
			}
			k.body = rest
			if e.lsn != lsn || e.stream != stream || e.kind != kindData && e.kind != kindMoved {
				continue
			}
			if !e.intact() {
				return nil, k.corrupt(fmt.Sprintf("wrong checksum of record %d", lsn), nil)
			}
			return e.data, nil
		}
		if err := k.nextBatch(lsn); err != nil {
			return nil, err
		}
	}
}

// nextBatch moves on to the following batch.
func (k *walker) nextBatch(lsn node.LSN) error {
	if len(k.buf) < batchHeader {
		if err := k.fill(batchHeader, lsn); err != nil {
			return err
		}
	}
	h, ok := parseHeader(k.buf, k.seg.seed)
	if !ok {
		k.at = k.off - int64(len(k.buf))
		return k.corrupt("not the header of a batch", nil)
	}
	if h.size() > int64(len(k.buf)) {
		if err := k.fill(h.size(), lsn); err != nil {
			return err
		}
	}
	k.at = k.off - int64(len(k.buf))
	k.body, k.buf = k.buf[batchHeader:batchHeader+h.body], k.buf[h.size():]
	return nil
}

// fill reads on, so that buf has need bytes at least. The buffer is a new one:
// callers hold on to parts of the old.
func (k *walker) fill(need int64, lsn node.LSN) error {
	start := k.off - int64(len(k.buf))
	if start+need > k.end {
		k.at = start
		return k.corrupt(fmt.Sprintf("record %d is missing", lsn), nil)
	}
	k.step = min(max(2*k.step, firstStep), maxStep)
	k.buf = make([]byte, min(max(need, k.step), k.end-start))
	k.off = start + int64(len(k.buf))
	if err := readFull(k.seg.file, k.buf, start); err != nil {
		k.at = start
		return k.corrupt("cannot be read", err)
	}
	return nil
}

func (k *walker) corrupt(reason string, err error) error {
	return &CorruptError{Segment: k.seg.number, Offset: k.at, Reason: reason, Err: err}
}

// named adds the stream to the error of a walker.
func named(err error, stream string) error {
	var c *CorruptError
	if errors.As(err, &c) {
		c.Stream = stream
	}
	return err
}
