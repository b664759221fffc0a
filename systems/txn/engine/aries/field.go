package aries

import (
	"encoding/binary"

	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Field returns a number of four bytes at an offset of a page.
func Field(f *pool.Frame, offset int) uint32 { return binary.LittleEndian.Uint32(f.Page[offset:]) }

// SetField returns the change that sets it.
func SetField(f *pool.Frame, offset int, to uint32) Change {
	old := append([]byte(nil), f.Page[offset:offset+4]...)
	return Change{
		Page: f.ID(), Frame: f, Op: Patch, Offset: offset,
		Old: old, New: binary.LittleEndian.AppendUint32(nil, to),
	}
}
