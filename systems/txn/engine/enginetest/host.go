package enginetest

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// Host is a host for one database whose every write and sync is counted, and
// that loses its power at any one of them. Completions come in an order that a
// seed draws. It implements engine.Host.
type Host struct {
	*rand.Rand
	Device *disk.Faulty
	// CrashAt is the write or sync, counted from the making of the host, that the
	// power fails at; 0 for never.
	CrashAt int
	// Ops counts writes and syncs so far.
	Ops int
	// Syncs counts syncs of files so far. The one with the number FailSync fails, and
	// later ones of that file report success and do nothing.
	Syncs, FailSync int
	// Failed is what the log died of, if it did.
	Failed error
	// NoRoom says that the disk is full for what snapshots need.
	NoRoom bool
	// OnFail, if not nil, hears of that.
	OnFail func(error)
	// OnWrite, if not nil, sees every write of a file before it is done.
	OnWrite func(file string, p []byte, offset int64)
	// Batch is the most bytes of a batch of the log; 1 puts each record into one of
	// its own.
	Batch int

	log     *wal.WAL
	syncing *wal.Syncing
	waiting []waiting // for the log, in the order of their positions
	events  []func()  // file syncs and jobs that are under way
}

type waiting struct {
	at   wal.Position
	done func()
}

// PowerLoss is what a call into a database panics with when the power fails.
type PowerLoss struct{}

// NewHost boots a host on a disk.
func NewHost(r *rand.Rand, device *disk.Faulty, batch int) (*Host, error) {
	h := &Host{Rand: r, Device: device, Batch: batch}
	return h, h.boot()
}

func (h *Host) boot() (err error) {
	h.log, err = wal.Open(counted{h, h.Device}, wal.Options{
		Dir: "log", SegmentSize: 32 << 10, MaxBatch: h.Batch, Salt: h.Uint64(), Unshared: true,
	})
	return err
}

// op counts a write or a sync and lets the power fail at it.
func (h *Host) op() {
	if h.Ops++; h.Ops == h.CrashAt {
		panic(PowerLoss{})
	}
}

// Log implements engine.Host.
func (h *Host) Log(stream string) node.Log { return h.log.Stream(stream) }

// Durable implements engine.Host.
func (h *Host) Durable(done func()) { h.waiting = append(h.waiting, waiting{h.log.Position(), done}) }

// Disk implements engine.Host.
func (h *Host) Disk() node.FS { return &files{h, disk.Sub(counted{h, h.Device}, "files")} }

// Job implements engine.Host.
func (h *Host) Job(work func() any, done func(any)) {
	h.events = append(h.events, func() { done(work()) })
}

// Step lets one thing go on that is under way, and tells whether there was any.
func (h *Host) Step() bool {
	var can []func()
	if h.Failed == nil && h.log.Written() < h.log.Position() {
		can = append(can, h.write)
	}
	if h.syncing != nil {
		can = append(can, h.endSync)
	} else if h.Failed == nil && h.log.Durable() < h.log.Written() {
		can = append(can, h.beginSync)
	}
	if len(h.waiting) > 0 && h.waiting[0].at <= h.log.Durable() {
		can = append(can, h.release)
	}
	if len(h.events) > 0 {
		can = append(can, h.event)
	}
	if len(can) == 0 {
		return false
	}
	can[h.IntN(len(can))]()
	return true
}

func (h *Host) write() {
	if _, err := h.log.Write(); err != nil {
		h.fail(err)
	}
}

func (h *Host) fail(err error) {
	h.Failed = err
	if h.OnFail != nil {
		h.OnFail(err)
	}
}

func (h *Host) beginSync() {
	s := h.log.BeginSync()
	h.syncing = &s
}

func (h *Host) endSync() {
	s := h.syncing
	h.syncing = nil
	if _, err := s.End(); err != nil {
		h.fail(err)
	}
}

// release runs what waited for the log.
func (h *Host) release() {
	for len(h.waiting) > 0 && h.waiting[0].at <= h.log.Durable() {
		done := h.waiting[0].done
		h.waiting = h.waiting[1:]
		done()
	}
}

func (h *Host) event() {
	i := h.IntN(len(h.events))
	e := h.events[i]
	h.events = slices.Delete(h.events, i, i+1)
	e()
}

// Settle lets everything go on until nothing is under way.
func (h *Host) Settle() {
	for h.Step() {
	}
}

// counted is a disk whose writes and syncs are counted. A write that the power
// fails at may be on the disk in part, a sync may not have been done.
type counted struct {
	h *Host
	disk.FS
}

func (c counted) Create(name string) (disk.File, error) {
	c.h.op()
	f, err := c.FS.Create(name)
	return &countedFile{File: f, h: c.h}, err
}

func (c counted) Open(name string) (disk.File, error) {
	f, err := c.FS.Open(name)
	return &countedFile{File: f, h: c.h}, err
}

func (c counted) Rename(from, to string) error {
	err := c.FS.Rename(from, to)
	c.h.op()
	return err
}

func (c counted) Remove(name string) error {
	err := c.FS.Remove(name)
	c.h.op()
	return err
}

func (c counted) SyncDir(dir string) error {
	c.h.op()
	return c.FS.SyncDir(dir)
}

type countedFile struct {
	disk.File
	h   *Host
	lie bool // a sync has failed, and the system has forgotten what it could not write
}

func (f *countedFile) WriteAt(p []byte, offset int64) (int, error) {
	if f.h.OnWrite != nil {
		f.h.OnWrite(f.Name(), p, offset)
	}
	n, err := f.File.WriteAt(p, offset)
	f.h.op()
	return n, err
}

func (f *countedFile) Sync() error { return f.EndSync(f.BeginSync()) }

// fails tells whether this is the sync that fails.
func (f *countedFile) fails() bool {
	f.h.Syncs++
	if f.h.Syncs != f.h.FailSync {
		return false
	}
	f.lie = true
	return true
}

// BeginSync and EndSync are the two ends of a Sync, for package disk.
func (f *countedFile) BeginSync() uint64 { return disk.BeginSync(f.File) }

// EndSync ends it; the power may fail before and after.
func (f *countedFile) EndSync(mark uint64) error {
	f.h.op()
	lie := f.lie
	if f.fails() {
		return ErrMedium
	}
	if lie {
		return nil
	}
	err := disk.EndSync(f.File, mark)
	f.h.op()
	return err
}

// files is the host's directory as a database sees it.
type files struct {
	h  *Host
	fs disk.FS
}

func (d *files) Create(name string) (node.File, error) {
	if d.h.NoRoom && strings.HasPrefix(name, "versions/") {
		return nil, disk.ErrFull
	}
	return d.wrap(d.fs.Create(name))
}

func (d *files) Open(name string) (node.File, error) { return d.wrap(d.fs.Open(name)) }
func (d *files) Remove(name string) error            { return d.fs.Remove(name) }

func (d *files) wrap(f disk.File, err error) (node.File, error) {
	if err != nil {
		return nil, err
	}
	return &file{f, d.h}, nil
}

func (d *files) Rename(from, to string, done func(error)) {
	err := d.fs.Rename(from, to)
	d.h.events = append(d.h.events, func() {
		if err == nil {
			err = d.fs.SyncDir(".")
		}
		done(err)
	})
}

func (d *files) List(prefix string) ([]string, error) { return d.fs.List(prefix) }

// file is an open file of the host's.
type file struct {
	disk.File
	h *Host
}

// Sync implements node.File: it covers what was written when it began.
func (f *file) Sync(done func(error)) {
	mark := disk.BeginSync(f.File)
	f.h.events = append(f.h.events, func() { done(disk.EndSync(f.File, mark)) })
}
