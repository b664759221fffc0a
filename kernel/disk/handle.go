package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// handle is an open file of a Faulty disk.
type handle struct {
	disk  *Faulty
	inode *inode
	name  string
	boot  uint64
}

func (h *handle) Name() string { return h.name }

// use locks the disk for one operation; the caller unlocks it if there is no
// error.
func (h *handle) use(op string, offset int64) error {
	h.disk.mu.Lock()
	var err error
	switch {
	case h.boot != h.disk.boot:
		err = ErrDead
	case h.inode == nil:
		err = fs.ErrClosed
	case offset < 0:
		err = errors.New("negative offset or size")
	default:
		return nil
	}
	h.disk.mu.Unlock()
	return h.fail(op, offset, err)
}

func (h *handle) fail(op string, offset int64, err error) error {
	return fmt.Errorf("%s %s at %d: %w", op, h.name, offset, err)
}

// ReadAt implements File.
func (h *handle) ReadAt(p []byte, offset int64) (int, error) {
	if err := h.use("read", offset); err != nil {
		return 0, err
	}
	defer h.disk.mu.Unlock()
	if offset >= h.inode.size {
		return 0, io.EOF
	}
	n, err := h.inode.read(p[:min(int64(len(p)), h.inode.size-offset)], offset)
	if err != nil {
		return n, h.fail("read", offset+int64(n), err)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements File. A write that finds no room writes nothing.
func (h *handle) WriteAt(p []byte, offset int64) (int, error) {
	if err := h.use("write", offset); err != nil {
		return 0, err
	}
	defer h.disk.mu.Unlock()
	if !h.disk.room(h.inode, offset, offset+int64(len(p))) {
		return 0, h.fail("write", offset, ErrFull)
	}
	before := h.inode.charge()
	h.disk.write(h.inode, p, offset)
	h.recharge(before)
	return len(p), nil
}

// Size implements File.
func (h *handle) Size() (int64, error) {
	if err := h.use("size", 0); err != nil {
		return 0, err
	}
	defer h.disk.mu.Unlock()
	return h.inode.size, nil
}

// Truncate implements File.
func (h *handle) Truncate(size int64) error {
	if err := h.use("truncate", size); err != nil {
		return err
	}
	defer h.disk.mu.Unlock()
	before := h.inode.charge()
	h.disk.truncate(h.inode, size)
	h.recharge(before)
	return nil
}

// Preallocate implements File.
func (h *handle) Preallocate(size int64) error {
	if err := h.use("preallocate", size); err != nil {
		return err
	}
	defer h.disk.mu.Unlock()
	d, n := h.disk, h.inode
	if more := size - n.charge(); d.capacity > 0 && more > 0 && d.used+more > d.capacity {
		return h.fail("preallocate", size, ErrFull)
	}
	before := n.charge()
	n.reserved = max(n.reserved, size)
	if size > n.size {
		n.saveSize()
		n.size = size
	}
	h.recharge(before)
	return nil
}

// Sync implements File.
func (h *handle) Sync() error { return h.EndSync(h.BeginSync()) }

// BeginSync begins a Sync; see the function BeginSync. What is wrong with the
// file is said at the end.
func (h *handle) BeginSync() (covered uint64) {
	if h.use("sync", 0) != nil {
		return 0
	}
	defer h.disk.mu.Unlock()
	n := h.inode
	n.epoch++
	return n.undone + uint64(len(n.undo))
}

// EndSync makes durable what BeginSync has covered.
func (h *handle) EndSync(covered uint64) error {
	if err := h.use("sync", 0); err != nil {
		return err
	}
	defer h.disk.mu.Unlock()
	n := h.inode
	if n.syncErr == nil {
		n.syncErr = h.disk.syncErr
	}
	if n.syncErr != nil {
		return h.fail("sync", 0, n.syncErr)
	}
	if covered > n.undone {
		h.disk.settle(n, int(covered-n.undone))
	}
	return nil
}

// Close implements File. It does not sync.
func (h *handle) Close() error {
	if err := h.use("close", 0); err != nil {
		return err
	}
	defer h.disk.mu.Unlock()
	h.inode = nil
	return nil
}

// recharge accounts for the space that the file has gained or lost.
func (h *handle) recharge(before int64) {
	if h.inode.linked {
		h.disk.used += h.inode.charge() - before
	}
}

// charge is the space that a file takes.
func (n *inode) charge() int64 { return max(n.reserved, n.allocated) }

// room tells whether a write of [from, to) fits.
func (d *Faulty) room(n *inode, from, to int64) bool {
	if d.capacity == 0 || to <= n.reserved {
		return true
	}
	more := int64(0)
	for i := from / sectorSize; i <= (to-1)/sectorSize; i++ {
		if n.at(i) == nil {
			more += sectorSize
		}
	}
	grown := max(n.reserved, n.allocated+more) - n.charge()
	return grown == 0 || d.used+grown <= d.capacity
}
