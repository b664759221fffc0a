package checkpoint

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/parleysystems/parley/kernel/wire"
)

// manifest says what an epoch is made of.
type manifest struct {
	Epoch uint64  `wire:"1"`
	Parts []entry `wire:"2"`
}

// entry is a part as a manifest knows it.
type entry struct {
	Name   string `wire:"1"`
	Length int64  `wire:"2"`
	Sum    uint32 `wire:"3"`
}

func init() { wire.Register[manifest]("checkpoint.manifest") }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// encode returns the manifest's file.
func (m *manifest) encode() []byte {
	body, err := wire.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("checkpoint: manifest of epoch %d: %v", m.Epoch, err))
	}
	return append(binary.BigEndian.AppendUint32(nil, sum(body)), body...)
}

func decode(b []byte) (*manifest, error) {
	if len(b) < 4 || binary.BigEndian.Uint32(b) != sum(b[4:]) {
		return nil, fmt.Errorf("manifest: %w", ErrDamaged)
	}
	v, err := wire.Unmarshal(b[4:])
	m, ok := v.(*manifest)
	if err != nil || !ok {
		return nil, fmt.Errorf("manifest is no manifest (%v): %w", err, ErrDamaged)
	}
	return m, nil
}
