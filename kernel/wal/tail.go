package wal

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/disk"
)

// damaged decides what it means that the batch after w.seq is not there, or not
// whole. If another segment follows, adopt decides. If any batch behind it says
// that it had been durable, it was damaged later. Else it may have been torn by
// a crash, and nobody was told that it was durable (I4).
func (w *WAL) damaged(seg *segment, r *window, last bool) error {
	if !last {
		return nil
	}
	durable, clean, err := seg.testimony(r)
	if err != nil {
		return w.unreadable(seg, err)
	}
	if max(durable, w.synced) > w.seq {
		return &CorruptError{
			Segment: seg.number, Offset: seg.end, Stream: w.streamOf(seg, seg.end),
			Reason: fmt.Sprintf("batch %d is damaged, which was durable", w.seq+1),
		}
	}
	if clean {
		return nil
	}
	return w.cutTail(seg)
}

// testimony searches what follows the end of the last good batch for headers of
// this segment, and returns the last batch that one of them knew to be durable.
// clean says that there is nothing but zeroes.
func (seg *segment) testimony(r *window) (durable uint64, clean bool, err error) {
	clean = true
	var zeroes [4096]byte
	for off := seg.end; off < seg.size; {
		p, err := r.bytes(off, int64(len(zeroes)))
		if err != nil {
			return 0, false, err
		}
		if bytes.Equal(p, zeroes[:len(p)]) {
			off += int64(len(p))
			continue
		}
		clean = false
		h, ok := parseHeader(p, seg.seed)
		if ok {
			durable = max(durable, h.durable)
		}
		off += batchAlign
	}
	return durable, clean, nil
}

// cutTail destroys what a crash has left behind the last good batch, before
// anything is written there: the rest of an old batch must never look like the
// continuation of a new one (I2).
func (w *WAL) cutTail(seg *segment) error {
	if err := seg.file.Truncate(seg.end); err != nil {
		return w.failure("cut", seg.number, seg.end, err)
	}
	seg.size = max(w.o.SegmentSize, seg.end)
	err := seg.file.Preallocate(seg.size)
	if errors.Is(err, disk.ErrFull) {
		seg.size = seg.end // the next Write will say so
		return nil
	}
	if err != nil {
		return w.failure("preallocate", seg.number, seg.end, err)
	}
	return nil
}

// streamOf names the stream that the damage at a batch hits first, if enough of
// the batch is left to tell.
func (w *WAL) streamOf(seg *segment, off int64) string {
	r := window{file: seg.file, size: seg.size}
	p, err := r.bytes(off, batchHeader)
	h, ok := parseHeader(p, seg.seed)
	if err != nil || !ok {
		return ""
	}
	if p, err = r.bytes(off, h.size()); err != nil || int64(len(p)) < h.size() {
		return ""
	}
	for body := p[batchHeader:][:h.body]; len(body) > 0; {
		e, rest, ok := parseEntry(body)
		if !ok || !e.intact() {
			if ok && int(e.stream) < len(w.streams) {
				return w.streams[e.stream].name
			}
			return ""
		}
		body = rest
	}
	return ""
}
