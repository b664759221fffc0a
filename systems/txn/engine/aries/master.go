package aries

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// MasterFile is where the master record lies.
const MasterFile = "master"

// Version is that of the formats of all files of a database.
const Version = 1

const (
	masterMagic = "PARLEYDB"
	masterSize  = 52
	masterSlot  = 512 // a disk writes as much as a whole
)

// Master is the master record: where a restart begins. There are two, written in
// turn, so that a crash leaves one of them.
type Master struct {
	PageSize   int
	Base       node.LSN // LSNs are the numbers of the stream's records plus this
	Checkpoint node.LSN // of the begin-checkpoint record; 0 for the log's beginning
	Keep       node.LSN // the log is kept from here on, for a backup; 0 for no such wish
	seq        uint64
	file       node.File
}

// Errors of a directory that is not what it should be.
var (
	// ErrNotDatabase says that the master record is not one of ours.
	ErrNotDatabase = errors.New("not a database of this engine")
	// ErrVersion says that another version wrote it.
	ErrVersion = errors.New("written by a version of the engine that this one cannot read")
)

func (m *Master) encode() []byte {
	b := make([]byte, masterSize)
	copy(b, masterMagic)
	binary.LittleEndian.PutUint32(b[12:], Version)
	binary.LittleEndian.PutUint64(b[16:], m.seq)
	binary.LittleEndian.PutUint64(b[24:], uint64(m.Checkpoint))
	binary.LittleEndian.PutUint64(b[32:], uint64(m.Base))
	binary.LittleEndian.PutUint64(b[40:], uint64(m.Keep))
	binary.LittleEndian.PutUint32(b[48:], uint32(m.PageSize))
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b[12:], castagnoli))
	return b
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func decodeMaster(b []byte) (*Master, error) {
	if len(b) < masterSize || string(b[:8]) != masterMagic {
		return nil, ErrNotDatabase
	}
	if crc32.Checksum(b[12:masterSize], castagnoli) != binary.LittleEndian.Uint32(b[8:]) {
		return nil, errors.New("its checksum does not match")
	}
	if v := binary.LittleEndian.Uint32(b[12:]); v != Version {
		return nil, fmt.Errorf("%w: version %d, not %d", ErrVersion, v, Version)
	}
	m := &Master{
		seq:        binary.LittleEndian.Uint64(b[16:]),
		Checkpoint: node.LSN(binary.LittleEndian.Uint64(b[24:])),
		Base:       node.LSN(binary.LittleEndian.Uint64(b[32:])),
		Keep:       node.LSN(binary.LittleEndian.Uint64(b[40:])),
		PageSize:   int(binary.LittleEndian.Uint32(b[48:])),
	}
	if !page.ValidSize(m.PageSize) {
		return nil, fmt.Errorf("a page size of %d bytes", m.PageSize)
	}
	return m, nil
}

// ReadMaster returns the newer of the two records that is good. The error wraps
// fs.ErrNotExist if there is no file: then there is no database.
func ReadMaster(dir node.FS) (*Master, error) {
	f, err := dir.Open(MasterFile)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 2*masterSlot)
	n, _ := f.ReadAt(b, 0) // what is missing is found out below
	first, err1 := decodeMaster(b[:min(n, masterSlot)])
	second, err2 := decodeMaster(b[min(n, masterSlot):n])
	switch {
	case first == nil && second == nil:
		_ = f.Close() // only read from
		if errors.Is(err1, ErrNotDatabase) {
			err1 = err2
		}
		return nil, fmt.Errorf("master record in %s: %w", MasterFile, err1)
	case first == nil || second != nil && second.seq > first.seq:
		first = second
	}
	first.file = f
	return first, nil
}

// CreateMaster makes the file, of which nobody hears before done is called. It
// comes last, and makes the names of the other files durable too.
func CreateMaster(dir node.FS, m *Master, done func(error)) {
	f, err := dir.Create(MasterFile + ".new")
	if err == nil {
		b := make([]byte, 2*masterSlot)
		m.seq = 1
		copy(b, m.encode())
		m.seq = 2
		copy(b[masterSlot:], m.encode())
		_, err = f.WriteAt(b, 0)
	}
	if err != nil {
		done(err)
		return
	}
	f.Sync(func(err error) {
		if err = errors.Join(err, f.Close()); err != nil {
			done(err)
			return
		}
		dir.Rename(MasterFile+".new", MasterFile, done)
	})
}

// HasMaster tells whether there is a database in a directory.
func HasMaster(dir node.FS) (bool, error) {
	f, err := dir.Open(MasterFile)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, f.Close()
}

// point makes the master record lead to a checkpoint, and calls done when that is
// durable.
func (m *Master) point(checkpoint node.LSN, done func(error)) {
	m.seq++
	m.Checkpoint = checkpoint
	slot := int64(m.seq%2) * masterSlot
	if _, err := m.file.WriteAt(m.encode(), slot); err != nil {
		done(err)
		return
	}
	m.file.Sync(done)
}

// Close closes the file.
func (m *Master) Close() {
	if m != nil && m.file != nil {
		_ = m.file.Close() // point has synced what was written
	}
}
