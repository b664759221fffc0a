package shuffle

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrCorrupt says that bytes of a run are not what was written.
var ErrCorrupt = errors.New("run is damaged")

// MaxRecord is the largest key and value together, in bytes, that a run takes.
const MaxRecord = 1 << 30

func appendRecord(to, key, value []byte) []byte {
	to = binary.AppendUvarint(to, uint64(len(key)))
	to = binary.AppendUvarint(to, uint64(len(value)))
	to = append(to, key...)
	return append(to, value...)
}

// recordSize returns the encoded size.
func recordSize(key, value []byte) int {
	return uvarintSize(len(key)) + uvarintSize(len(value)) + len(key) + len(value)
}

func uvarintSize(n int) int {
	size := 1
	for ; n >= 0x80; n >>= 7 {
		size++
	}
	return size
}

// cutRecord takes the first record off b. The slices point into b.
func cutRecord(b []byte) (key, value, rest []byte, err error) {
	if len(b) >= 2 && b[0] < 0x80 && b[1] < 0x80 { // both lengths in one byte each
		k, v := int(b[0]), int(b[1])
		if len(b) < 2+k+v {
			return nil, nil, nil, errShort
		}
		return b[2 : 2+k : 2+k], b[2+k : 2+k+v : 2+k+v], b[2+k+v:], nil
	}
	k, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, nil, nil, errShort
	}
	b = b[n:]
	v, n := binary.Uvarint(b)
	if n <= 0 || k > MaxRecord || v > MaxRecord || uint64(len(b)-n) < k+v {
		return nil, nil, nil, errShort
	}
	b = b[n:]
	return b[:k:k], b[k : k+v : k+v], b[k+v:], nil
}

var errShort = fmt.Errorf("a record ends beyond its block: %w", ErrCorrupt)
