package wal

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/parleysystems/parley/node"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const (
	batchMagic  = 0x31425750 // "PWB1"
	batchHeader = 40
	batchAlign  = 8
	maxBatch    = 1 << 30 // no header may claim more
)

// header begins every batch; the layout is drawn in the package comment.
type header struct {
	seq     uint64   // batches count 1, 2, 3 over the life of the log
	durable uint64   // the last batch known durable when this one was written (I4)
	end     Position // after the batch
	body    int      // length of the records
	crc     uint32   // of the records
}

// size is the length of a batch in its segment, padding included.
func (h header) size() int64 { return align(batchHeader+int64(h.body), batchAlign) }

func align(n, unit int64) int64 { return (n + unit - 1) / unit * unit }

// batch is what one WriteAt moves: room for the header, then records.
type batch struct {
	buf    []byte
	end    Position
	sealed bool // taken by Write: no more records
}

func (b *batch) body() []byte { return b.buf[batchHeader:] }

// stamp completes the batch for the place that it goes to and returns its
// bytes, padded. The checksums depend on the segment's salt, so that no bytes
// written for another segment pass for this one's (I1).
func (b *batch) stamp(h header, seed uint32) []byte {
	h.body = len(b.body())
	h.crc = crc32.Update(seed, castagnoli, b.body())
	p := b.buf
	binary.LittleEndian.PutUint32(p, batchMagic)
	binary.LittleEndian.PutUint64(p[8:], h.seq)
	binary.LittleEndian.PutUint64(p[16:], h.durable)
	binary.LittleEndian.PutUint64(p[24:], uint64(h.end))
	binary.LittleEndian.PutUint32(p[32:], uint32(h.body))
	binary.LittleEndian.PutUint32(p[36:], h.crc)
	binary.LittleEndian.PutUint32(p[4:], crc32.Update(seed, castagnoli, p[8:batchHeader]))
	var zero [batchAlign]byte
	return append(p, zero[:h.size()-int64(len(p))]...)
}

// parseHeader returns the header at the start of p, if there is one that was
// written for the segment of that seed.
func parseHeader(p []byte, seed uint32) (header, bool) {
	if len(p) < batchHeader || binary.LittleEndian.Uint32(p) != batchMagic ||
		binary.LittleEndian.Uint32(p[4:]) != crc32.Update(seed, castagnoli, p[8:batchHeader]) {
		return header{}, false
	}
	h := header{
		seq:     binary.LittleEndian.Uint64(p[8:]),
		durable: binary.LittleEndian.Uint64(p[16:]),
		end:     Position(binary.LittleEndian.Uint64(p[24:])),
		body:    int(binary.LittleEndian.Uint32(p[32:])),
		crc:     binary.LittleEndian.Uint32(p[36:]),
	}
	return h, h.body <= maxBatch
}

// kind says what a record is for.
type kind byte

const (
	kindData  kind = 1 // a record of a stream
	kindMoved kind = 2 // the copy of one, from a segment that is to go
	kindName  kind = 3 // introduces a stream; the data is its name
	kindTrim  kind = 4 // the stream's records before lsn are no longer needed
)

const (
	recordHeader = 20
	maxStreams   = 1 << 28
)

// entry is a record as it lies in a batch.
type entry struct {
	kind   kind
	stream uint32
	lsn    node.LSN
	data   []byte
	crc    uint32
	bytes  []byte // all of it but the checksum
}

func (e entry) size() int64 { return int64(recordHeader + len(e.data)) }

// intact tells whether the record is as it was appended.
func (e entry) intact() bool { return e.crc == crc32.Checksum(e.bytes, castagnoli) }

// appendEntry adds a record to the body of a batch.
func appendEntry(p []byte, k kind, stream uint32, lsn node.LSN, data []byte) []byte {
	start := len(p)
	p = append(p, make([]byte, recordHeader)...)
	binary.LittleEndian.PutUint32(p[start+4:], uint32(len(data)))
	binary.LittleEndian.PutUint32(p[start+8:], uint32(k)<<28|stream)
	binary.LittleEndian.PutUint64(p[start+12:], uint64(lsn))
	p = append(p, data...)
	binary.LittleEndian.PutUint32(p[start:], crc32.Checksum(p[start+4:], castagnoli))
	return p
}

// parseEntry splits the first record off the body of a batch. It reports false
// if there is none of the length that it claims.
func parseEntry(p []byte) (e entry, rest []byte, ok bool) {
	if len(p) < recordHeader {
		return e, nil, false
	}
	length := int64(binary.LittleEndian.Uint32(p[4:]))
	if length > MaxRecord || recordHeader+length > int64(len(p)) {
		return e, nil, false
	}
	tag := binary.LittleEndian.Uint32(p[8:])
	end := int(recordHeader + length)
	e = entry{
		kind:   kind(tag >> 28),
		stream: tag & (maxStreams - 1),
		lsn:    node.LSN(binary.LittleEndian.Uint64(p[12:])),
		data:   p[recordHeader:end:end],
		crc:    binary.LittleEndian.Uint32(p),
		bytes:  p[4:end:end],
	}
	return e, p[end:], true
}
