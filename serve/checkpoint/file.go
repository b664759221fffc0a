package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

const (
	magic    = "PARLEYCP"
	headSize = len(magic) + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged says that a file is no checkpoint, or not as it was written.
var ErrDamaged = errors.New("no checkpoint, or a damaged one")

// Write keeps a state in a file, which is durable when it returns nil. After an error
// the name stands for what it stood for before.
func Write(name string, g *snapshot.Global) (err error) {
	state, err := wire.Marshal(g)
	if err != nil {
		return fmt.Errorf("checkpoint: write %s: %w", name, err)
	}
	b := binary.BigEndian.AppendUint32([]byte(magic), crc32.Checksum(state, castagnoli))
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("checkpoint: write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("checkpoint: write %s: %w", name, err), os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(append(b, state...))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes the new name of a file durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Read returns the state that a file keeps. The error wraps ErrDamaged if it is not as
// it was written.
func Read(name string) (*snapshot.Global, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if len(b) < headSize || string(b[:len(magic)]) != magic {
		return nil, fmt.Errorf("checkpoint: read %s: it does not begin as one: %w", name, ErrDamaged)
	}
	state := b[headSize:]
	if got, want := crc32.Checksum(state, castagnoli), binary.BigEndian.Uint32(b[len(magic):]); got != want {
		return nil, fmt.Errorf("checkpoint: read %s: its checksum is %08x, not %08x: %w", name, got, want, ErrDamaged)
	}
	m, err := wire.Unmarshal(state)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: read %s: %w: %w", name, ErrDamaged, err)
	}
	g, ok := m.(*snapshot.Global)
	if !ok || len(g.Parts) != len(g.Members) {
		return nil, fmt.Errorf("checkpoint: read %s: it holds %T: %w", name, m, ErrDamaged)
	}
	return g, nil
}
