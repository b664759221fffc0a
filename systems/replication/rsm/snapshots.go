package rsm

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/parleysystems/parley/node"
)

// Snapshots keeps the newest snapshot of an engine's state as a file, and takes
// part in making the next one, from this replica's state or from another's
// bytes. It never removes a snapshot before the one that replaces it is
// durable, and never replaces one by an older.
//
// All methods are called on the node's loop.
type Snapshots struct {
	env     node.Env
	disk    node.FS
	newest  SnapshotHeader // durable
	size    int64          // of its file, in bytes
	decided Index          // of the snapshot that newest is about to become
	made    uint64         // names temporary files
}

// SnapshotHeader says what a snapshot reflects.
type SnapshotHeader struct {
	Index Index  // the last command, 0 for none
	Epoch uint64 // of the leadership that ordered it
	Meta  []byte // the engine's own: its members, for one
}

// ErrStale: the snapshot is no newer than the one that is there.
var ErrStale = errors.New("rsm: a newer snapshot is there")

// snapshotName is the newest snapshot; what is in the making has a name that
// begins with partPrefix.
const (
	snapshotName = "snapshot"
	partPrefix   = "part-"
)

// OpenSnapshots finds the newest snapshot and clears away what was in the
// making when the host went down. The header is verified; the rest is when it
// is read.
func OpenSnapshots(env node.Env) (*Snapshots, error) {
	s := &Snapshots{env: env, disk: env.Disk()}
	if err := s.removeParts(); err != nil {
		return nil, err
	}
	f, err := s.disk.Open(snapshotName)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("rsm: open snapshot: %w", err)
	}
	defer f.Close()
	r, err := newBlockReader(f)
	if err != nil {
		return nil, err
	}
	if s.size, err = f.Size(); err != nil {
		return nil, fmt.Errorf("rsm: size of snapshot: %w", err)
	}
	s.newest, s.decided = r.header, r.header.Index
	return s, nil
}

func (s *Snapshots) removeParts() error {
	parts, err := s.disk.List(partPrefix)
	if err != nil {
		return fmt.Errorf("rsm: list partial snapshots: %w", err)
	}
	for _, name := range parts {
		if err := s.disk.Remove(name); err != nil {
			return fmt.Errorf("rsm: remove partial snapshot: %w", err)
		}
	}
	return nil
}

// Newest returns the header of the newest durable snapshot; its Index is 0 if
// there is none.
func (s *Snapshots) Newest() SnapshotHeader { return s.newest }

// Size returns the length of the newest durable snapshot's file, in bytes.
func (s *Snapshots) Size() int64 { return s.size }

// Load hands the newest snapshot's state to restore, verifying as it is read.
// An error means that it is unfit for use.
func (s *Snapshots) Load(restore func(Index, io.Reader) error) error {
	f, err := s.disk.Open(snapshotName)
	if err != nil {
		return fmt.Errorf("rsm: open snapshot: %w", err)
	}
	defer f.Close()
	r, err := newBlockReader(f)
	if err != nil {
		return err
	}
	if err := restore(r.header.Index, r); err != nil {
		return fmt.Errorf("rsm: restore the snapshot at %d: %w", r.header.Index, err)
	}
	return r.drain()
}

// File opens the newest snapshot as bytes, to be sent to another replica. It
// may be read until it is closed, whatever replaces it meanwhile. It can be one
// newer than Newest says, which is about to be durable.
func (s *Snapshots) File() (f node.File, h SnapshotHeader, size int64, err error) {
	if f, err = s.disk.Open(snapshotName); err != nil {
		return nil, h, 0, fmt.Errorf("rsm: open snapshot: %w", err)
	}
	r, err := newBlockReader(f)
	if err == nil {
		h = r.header
		size, err = f.Size()
	}
	if err != nil {
		f.Close()
		return nil, h, 0, fmt.Errorf("rsm: open snapshot: %w", err)
	}
	return f, h, size, nil
}

// Save writes a captured state beside the loop (the file belongs to the job
// until that is done), and runs done once it is the newest snapshot, durably.
// It releases the capture.
func (s *Snapshots) Save(h SnapshotHeader, c Capture, done func(error)) {
	name, f, err := s.create()
	if err != nil {
		c.Release()
		done(err)
		return
	}
	s.env.Job(func() any { return writeBlocks(f, h, c) }, func(result any) {
		c.Release()
		if err, failed := result.(error); failed {
			s.discard(name, f)
			done(fmt.Errorf("rsm: write snapshot at %d: %w", h.Index, err))
			return
		}
		s.install(name, f, h, done)
	})
}

func (s *Snapshots) create() (string, node.File, error) {
	s.made++
	name := fmt.Sprintf("%s%d", partPrefix, s.made)
	f, err := s.disk.Create(name)
	if err != nil {
		return "", nil, fmt.Errorf("rsm: create snapshot: %w", err)
	}
	return name, f, nil
}

// discard gives up a file in the making. It is removed at the next start if it
// cannot be removed now.
func (s *Snapshots) discard(name string, f node.File) {
	f.Close()
	_ = s.disk.Remove(name)
}

// install makes a complete file the newest snapshot: synced first, then
// renamed, so that no crash can leave half of one under the name.
func (s *Snapshots) install(name string, f node.File, h SnapshotHeader, done func(error)) {
	f.Sync(func(err error) {
		size, sizeErr := f.Size()
		switch {
		case err != nil || sizeErr != nil:
			err = fmt.Errorf("rsm: sync snapshot at %d: %w", h.Index, errors.Join(err, sizeErr))
		case h.Index <= s.decided:
			err = ErrStale
		}
		if err != nil {
			s.discard(name, f)
			done(err)
			return
		}
		f.Close()
		s.rename(name, h, size, done)
	})
}

// rename puts a synced file under the name. Renames take effect in order, so
// the newest of them wins.
func (s *Snapshots) rename(name string, h SnapshotHeader, size int64, done func(error)) {
	s.decided = h.Index
	s.disk.Rename(name, snapshotName, func(err error) {
		if err != nil {
			done(fmt.Errorf("rsm: rename snapshot at %d: %w", h.Index, err))
			return
		}
		if h.Index > s.newest.Index {
			s.newest, s.size = h, size
		}
		done(nil)
	})
}

// Incoming is a snapshot that arrives in pieces.
type Incoming struct {
	s    *Snapshots
	name string
	file node.File
	next int64
}

// Receive begins to receive a snapshot.
func (s *Snapshots) Receive() (*Incoming, error) {
	name, f, err := s.create()
	if err != nil {
		return nil, err
	}
	return &Incoming{s: s, name: name, file: f}, nil
}

// Next returns how many bytes have arrived without a gap.
func (in *Incoming) Next() int64 { return in.next }

// Write adds a piece if it belongs right behind what is there.
func (in *Incoming) Write(offset int64, piece []byte) error {
	if offset != in.next {
		return nil
	}
	if _, err := in.file.WriteAt(piece, offset); err != nil {
		return fmt.Errorf("rsm: receive snapshot: %w", err)
	}
	in.next += int64(len(piece))
	return nil
}

// Finish verifies the whole and makes it the newest snapshot; done gets its
// header. After an error nothing has changed but that the pieces are gone.
func (in *Incoming) Finish(done func(SnapshotHeader, error)) {
	in.s.env.Job(func() any { return verifyBlocks(in.file) }, func(result any) {
		v := result.(verification)
		if v.err != nil {
			in.Abandon()
			done(v.header, v.err)
			return
		}
		in.s.install(in.name, in.file, v.header, func(err error) { done(v.header, err) })
	})
}

// Abandon gives up what has arrived.
func (in *Incoming) Abandon() { in.s.discard(in.name, in.file) }
