package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/node"
)

const (
	segmentMagic   = "PARLEYWL"
	segmentVersion = 1
	segmentHeader  = 64
	firstBatchAt   = 512 // batches begin at a multiple of this
	segmentSuffix  = ".wal"
	spareName      = "spare"
)

// segment is one file of the log.
type segment struct {
	number uint64
	file   disk.File
	seed   uint32 // of the checksums of its batches
	size   int64  // of the file
	end    int64  // of the last batch
	live   int64  // bytes of records that are the only copy of something needed
	refs   int    // extents that point here
	pins   int    // readers and syncs that use file
	all    *space // of the log
	// freeAfter is the batch that must be durable before the segment may go:
	// the one with the trims and the copies that emptied it (I7).
	freeAfter uint64
}

// space is what the segments of a log take together. It is kept up to date,
// since every Write asks for it and there may be thousands of them.
type space struct {
	used int64 // up to the ends of their last batches
	live int64
}

// extend moves the end of the last batch.
func (s *segment) extend(bytes int64) {
	s.end += bytes
	s.all.used += bytes
}

// revalue changes how many bytes are needed.
func (s *segment) revalue(bytes int64) {
	s.live += bytes
	s.all.live += bytes
}

// preamble is the header of a segment: what makes those before it needless
// for everything but their records.
type preamble struct {
	number   uint64
	salt     uint64
	previous int64    // where the segment before ends
	seq      uint64   // the last batch before
	end      Position // after it
	streams  []streamState
}

// streamState is a stream as of the beginning of a segment.
type streamState struct {
	name        string
	first, next node.LSN
}

func segmentName(dir string, number uint64) string {
	return fmt.Sprintf("%s/%016x%s", dir, number, segmentSuffix)
}

func segmentNumber(dir, name string) (uint64, bool) {
	base := strings.TrimPrefix(name, dir+"/")
	digits, found := strings.CutSuffix(base, segmentSuffix)
	number, err := strconv.ParseUint(digits, 16, 64)
	return number, found && err == nil && len(digits) == 16
}

// seedOf folds a salt into the start value of a checksum (splitmix64).
func seedOf(salt uint64) uint32 {
	return uint32(mix(salt) >> 32)
}

func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (h preamble) marshal() []byte {
	p := make([]byte, segmentHeader, firstBatchAt)
	copy(p, segmentMagic)
	binary.LittleEndian.PutUint32(p[16:], segmentVersion)
	binary.LittleEndian.PutUint32(p[20:], uint32(len(h.streams)))
	binary.LittleEndian.PutUint64(p[24:], h.number)
	binary.LittleEndian.PutUint64(p[32:], h.salt)
	binary.LittleEndian.PutUint64(p[40:], uint64(h.previous))
	binary.LittleEndian.PutUint64(p[48:], h.seq)
	binary.LittleEndian.PutUint64(p[56:], uint64(h.end))
	for _, s := range h.streams {
		p = binary.LittleEndian.AppendUint64(p, uint64(s.first))
		p = binary.LittleEndian.AppendUint64(p, uint64(s.next))
		p = binary.LittleEndian.AppendUint16(p, uint16(len(s.name)))
		p = append(p, s.name...)
	}
	binary.LittleEndian.PutUint32(p[12:], uint32(len(p)))
	binary.LittleEndian.PutUint32(p[8:], crc32.Checksum(p[12:], castagnoli))
	return append(p, make([]byte, align(int64(len(p)), firstBatchAt)-int64(len(p)))...)
}

// readPreamble reads the header of a segment and returns it with the offset of
// the first batch. An error says what is wrong with it.
func readPreamble(f disk.File, size int64) (h preamble, batches int64, err error) {
	p := make([]byte, segmentHeader)
	if err := readFull(f, p, 0); err != nil {
		return h, 0, err
	}
	length := int64(binary.LittleEndian.Uint32(p[12:]))
	if string(p[:8]) != segmentMagic || length < segmentHeader || length > size {
		return h, 0, errors.New("not the header of a segment")
	}
	p = make([]byte, length)
	if err := readFull(f, p, 0); err != nil {
		return h, 0, err
	}
	if binary.LittleEndian.Uint32(p[8:]) != crc32.Checksum(p[12:], castagnoli) {
		return h, 0, errors.New("wrong checksum")
	}
	if v := binary.LittleEndian.Uint32(p[16:]); v != segmentVersion {
		return h, 0, fmt.Errorf("format version %d, not %d", v, segmentVersion)
	}
	h, err = parsePreamble(p)
	return h, align(length, firstBatchAt), err
}

func readFull(f disk.File, p []byte, offset int64) error {
	n, err := f.ReadAt(p, offset)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func parsePreamble(p []byte) (preamble, error) {
	h := preamble{
		number:   binary.LittleEndian.Uint64(p[24:]),
		salt:     binary.LittleEndian.Uint64(p[32:]),
		previous: int64(binary.LittleEndian.Uint64(p[40:])),
		seq:      binary.LittleEndian.Uint64(p[48:]),
		end:      Position(binary.LittleEndian.Uint64(p[56:])),
	}
	count := binary.LittleEndian.Uint32(p[20:])
	p = p[segmentHeader:]
	for range count {
		if len(p) < 18 || len(p)-18 < int(binary.LittleEndian.Uint16(p[16:])) {
			return h, errors.New("stream table is too short")
		}
		end := 18 + int(binary.LittleEndian.Uint16(p[16:]))
		h.streams = append(h.streams, streamState{
			name:  string(p[18:end]),
			first: node.LSN(binary.LittleEndian.Uint64(p)),
			next:  node.LSN(binary.LittleEndian.Uint64(p[8:])),
		})
		p = p[end:]
	}
	return h, nil
}
