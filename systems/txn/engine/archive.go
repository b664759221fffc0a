package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// A backup is a header and blocks; docs/formats.md has the layout.
const (
	backupMagic  = "PARLEYBK"
	backupHeader = 48
	blockHeader  = 9
	maxBlock     = 64<<20 + 64 // as long as a log record may be, and its number
)

// block says what a block holds.
type block byte

const (
	pageBlock block = 'P' // id 4, the page
	logBlock  block = 'L' // LSN 8, the record
	endBlock  block = 'E' // LSN of the last record 8, pages 8, records 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrBackup says that a backup is not whole: it was cut, damaged, or is none.
var ErrBackup = errors.New("backup is not whole")

// preface is the header of a backup.
type preface struct {
	pageSize   int
	checkpoint node.LSN // where a restart begins
	from       node.LSN // the first record that it needs
	base       node.LSN // what LSNs are ahead of the numbers in the log's stream
}

func (p preface) append(b []byte) []byte {
	b = append(b, backupMagic...)
	at := len(b)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, aries.Version)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.checkpoint))
	b = binary.LittleEndian.AppendUint64(b, uint64(p.from))
	b = binary.LittleEndian.AppendUint64(b, uint64(p.base))
	b = binary.LittleEndian.AppendUint64(b, uint64(p.pageSize))
	binary.LittleEndian.PutUint32(b[at:], crc32.Checksum(b[at+4:], castagnoli))
	return b
}

func readPreface(r io.Reader) (p preface, err error) {
	var b [backupHeader]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return p, fmt.Errorf("%w: its header: %w", ErrBackup, err)
	}
	if string(b[:8]) != backupMagic {
		return p, fmt.Errorf("%w: it does not begin like one", ErrBackup)
	}
	if crc32.Checksum(b[12:], castagnoli) != binary.LittleEndian.Uint32(b[8:]) {
		return p, fmt.Errorf("%w: the checksum of its header does not match", ErrBackup)
	}
	if v := binary.LittleEndian.Uint32(b[12:]); v != aries.Version {
		return p, fmt.Errorf("backup: %w: version %d, not %d", aries.ErrVersion, v, aries.Version)
	}
	p.checkpoint = node.LSN(binary.LittleEndian.Uint64(b[16:]))
	p.from = node.LSN(binary.LittleEndian.Uint64(b[24:]))
	p.base = node.LSN(binary.LittleEndian.Uint64(b[32:]))
	p.pageSize = int(binary.LittleEndian.Uint64(b[40:]))
	if !page.ValidSize(p.pageSize) || p.from == 0 {
		return p, fmt.Errorf("%w: its header makes no sense", ErrBackup)
	}
	return p, nil
}

// appendBlock appends a block whose data are a number, in so many bytes, and more.
func appendBlock(b []byte, kind block, number uint64, bytes int, data []byte) []byte {
	at := len(b)
	b = append(b, byte(kind))
	b = binary.LittleEndian.AppendUint32(b, uint32(bytes+len(data)))
	b = binary.LittleEndian.AppendUint32(b, 0)
	for i := range bytes {
		b = append(b, byte(number>>(8*i)))
	}
	b = append(b, data...)
	binary.LittleEndian.PutUint32(b[at+5:], blockSum(b[at:]))
	return b
}

// blockSum is the checksum of a block: of its kind and length, then of its data.
func blockSum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:5], castagnoli), castagnoli, b[blockHeader:])
}

// readBlock reads the next block into buf.
func readBlock(r io.Reader, buf []byte) (kind block, data, grown []byte, err error) {
	buf = append(buf[:0], make([]byte, blockHeader)...)
	if _, err := io.ReadFull(r, buf); err != nil {
		return 0, nil, buf, fmt.Errorf("%w: it ends too early: %w", ErrBackup, err)
	}
	n := binary.LittleEndian.Uint32(buf[1:])
	if n > maxBlock {
		return 0, nil, buf, fmt.Errorf("%w: a block of %d bytes", ErrBackup, n)
	}
	buf = append(buf, make([]byte, n)...)
	if _, err := io.ReadFull(r, buf[blockHeader:]); err != nil {
		return 0, nil, buf, fmt.Errorf("%w: it ends too early: %w", ErrBackup, err)
	}
	if blockSum(buf) != binary.LittleEndian.Uint32(buf[5:]) {
		return 0, nil, buf, fmt.Errorf("%w: the checksum of a block does not match", ErrBackup)
	}
	return block(buf[0]), buf[blockHeader:], buf, nil
}
