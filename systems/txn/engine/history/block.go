package history

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Entry is what a key was before a unit first changed it.
type Entry struct {
	Key, Before []byte
	Found       bool // false: there was no such key
	Unit        Unit
}

// Unit is who changed a key. The number is that of its commit, or, if it had not
// committed when the run was written, its place in a list of the caller's.
type Unit struct {
	Number uint64
	Late   bool
}

// head is what a block begins with.
const head = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errDamaged says that a block is not as it was written (H2).
var errDamaged = errors.New("it is not as it was written")

func appendEntry(b []byte, e *Entry) []byte {
	tag := e.Unit.Number << 2
	if e.Unit.Late {
		tag |= 2
	}
	if e.Found {
		tag |= 1
	}
	b = binary.AppendUvarint(b, tag)
	b = binary.AppendUvarint(b, uint64(len(e.Key)))
	b = append(b, e.Key...)
	b = binary.AppendUvarint(b, uint64(len(e.Before)))
	return append(b, e.Before...)
}

// seal fills in the head of a block whose entries are there.
func seal(b []byte) {
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[head:], castagnoli))
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-head))
}

// parse returns the entries of a block. They are parts of it.
func parse(b []byte) ([]Entry, error) {
	if len(b) < head || int(binary.LittleEndian.Uint32(b[4:])) != len(b)-head ||
		binary.LittleEndian.Uint32(b) != crc32.Checksum(b[head:], castagnoli) {
		return nil, errDamaged
	}
	var all []Entry
	for b = b[head:]; len(b) > 0; {
		e, rest, ok := parseEntry(b)
		if !ok {
			return nil, errDamaged
		}
		all, b = append(all, e), rest
	}
	return all, nil
}

func parseEntry(b []byte) (e Entry, rest []byte, ok bool) {
	tag, n := binary.Uvarint(b)
	if n <= 0 {
		return e, nil, false
	}
	e.Found, e.Unit = tag&1 != 0, Unit{tag >> 2, tag&2 != 0}
	if e.Key, b, ok = parseBytes(b[n:]); !ok {
		return e, nil, false
	}
	e.Before, b, ok = parseBytes(b)
	return e, b, ok
}

func parseBytes(b []byte) (p, rest []byte, ok bool) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return nil, nil, false
	}
	end := n + int(length)
	return b[n:end:end], b[end:], true
}
