package pool

import (
	"fmt"
	"io"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/page"
)

// Host is what a pool needs of its surroundings; node.Env has it.
type Host interface {
	// Disk returns the directory of the database.
	Disk() node.FS
	// Job runs work, possibly in parallel, and then done on the owner's loop.
	Job(work func() any, done func(result any))
}

// Log is what a pool needs to know of the log.
type Log interface {
	// Durable returns the number of the last record that is durable.
	Durable() node.LSN
	// WhenDurable calls done once all records appended so far are durable.
	WhenDurable(done func())
}

// Options tune a pool.
type Options struct {
	PageSize int
	// Frames is how many pages memory holds.
	Frames int
	// Batch is the most pages that are written at a time; 64 if zero.
	Batch int
	// Touch notes when a frame was used, for readers in parallel; nil means a plain
	// store, which is for a single owner.
	Touch func(used *uint32, now uint32)
	// Arena returns that many bytes of memory, zeroed; nil means the garbage
	// collector's.
	Arena func(bytes int) []byte
	// Halt is called once, when the data file can no longer be written. Nothing
	// is written from then on.
	Halt func(error)
}

// MinFrames is the least number of frames that any operation can do with.
const MinFrames = 64

// Pool holds pages in memory. It has one owner; Peek alone may be called by many
// readers in parallel, while the owner does nothing.
type Pool struct {
	o    Options
	host Host
	log  Log

	data   node.File // to read from
	home   node.File // the same file, to write to
	double node.File

	frames []Frame
	table  table
	free   *Frame // frames that hold no page
	queues queues
	op     uint64 // number of the current operation

	writer writer
	stats  Stats
	err    error
}

// Frame is a place in memory, and the page in it.
type Frame struct {
	page.Page
	number int // in Pool.frames
	id     page.ID
	came   uint32 // when its page was read
	used   uint32 // when it was used last; 0 for not since the clock last came by
	op     uint64 // the operation that it stays for
	where  queue
	next   *Frame // in its queue, or of the free ones
	prev   *Frame
	dirty  bool
	rec    node.LSN // recLSN (B4), if dirty
	flight bool     // a copy is being written
	after  node.LSN // first change since that copy was made
}

// ID returns which page the frame holds.
func (f *Frame) ID() page.ID { return f.id }

// Stats count what a pool did.
type Stats struct {
	Frames, Resident, Dirty     int
	Reads, Evictions, GhostHits uint64
	Writes, Batches             uint64
	Stalls                      uint64 // operations that had to wait for frames
	Restored                    int    // torn pages mended when it was opened
}

// Names of the files of a pool.
const (
	DataFile   = "data"
	DoubleFile = "double"
)

// Create makes the empty files of a pool. Their names are durable with the next
// Rename in the directory.
func Create(fs node.FS) error {
	for _, name := range []string{DataFile, DoubleFile} {
		f, err := fs.Create(name)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Open opens the files of a pool and mends what a crash has torn.
func Open(host Host, log Log, o Options) (*Pool, error) {
	if o.Batch == 0 {
		o.Batch = 64
	}
	if o.Frames < MinFrames {
		return nil, fmt.Errorf("pool: %d frames; it takes %d", o.Frames, MinFrames)
	}
	o.Batch = min(o.Batch, o.Frames/4)
	p := &Pool{o: o, host: host, log: log}
	for _, open := range []struct {
		name string
		file *node.File
	}{{DataFile, &p.data}, {DataFile, &p.home}, {DoubleFile, &p.double}} {
		f, err := host.Disk().Open(open.name)
		if err != nil {
			return nil, fmt.Errorf("pool: %w", err)
		}
		*open.file = f
	}
	if err := p.restore(); err != nil {
		return nil, err
	}
	p.allot()
	return p, nil
}

// allot takes the memory (B3).
func (p *Pool) allot() {
	size := p.o.Frames * p.o.PageSize
	var arena []byte
	if p.o.Arena != nil {
		arena = p.o.Arena(size)
	} else {
		arena = make([]byte, size)
	}
	p.frames = make([]Frame, p.o.Frames)
	for i := range p.frames {
		f := &p.frames[i]
		f.number = i
		f.Page, arena = page.Page(arena[:p.o.PageSize:p.o.PageSize]), arena[p.o.PageSize:]
		f.next, p.free = p.free, f
	}
	p.table.init(p.o.Frames)
	p.queues.init(p.o.Frames)
	p.writer.init(p)
}

// PageSize returns the size of pages, in bytes.
func (p *Pool) PageSize() int { return p.o.PageSize }

// Frames returns how many pages memory holds.
func (p *Pool) Frames() int { return len(p.frames) }

// Stats returns what the pool did so far.
func (p *Pool) Stats() Stats {
	s := p.stats
	s.Frames, s.Resident, s.Dirty = len(p.frames), p.table.n, p.writer.dirty
	return s
}

// at returns the frame of a page that is in memory, or nil.
func (p *Pool) at(id page.ID) *Frame {
	if i := p.table.find(id); i >= 0 {
		return &p.frames[i]
	}
	return nil
}

// Peek returns the frame of a page that is in memory, or nil.
func (p *Pool) Peek(id page.ID) *Frame {
	f := p.at(id)
	if f != nil {
		p.touch(f)
	}
	return f
}

func (p *Pool) touch(f *Frame) {
	if p.o.Touch != nil {
		p.o.Touch(&f.used, p.queues.now)
		return
	}
	f.used = p.queues.now
}

// Fix returns the frame of a page, which it reads if need be. A page that was
// never written is damage, unless blank says that this may be.
func (p *Pool) Fix(id page.ID, blank bool) (*Frame, error) {
	if f := p.at(id); f != nil {
		f.op = p.op
		p.touch(f)
		return f, nil
	}
	f := p.vacate()
	if err := p.read(f.Page, id, blank); err != nil {
		f.next, p.free = p.free, f
		return nil, err
	}
	p.stats.Reads++
	p.settle(f, id)
	return f, nil
}

// Fresh returns a frame for a page whose contents do not matter, since the
// caller formats it.
func (p *Pool) Fresh(id page.ID) *Frame {
	f := p.at(id)
	if f == nil {
		f = p.vacate()
		clear(f.Page)
		p.settle(f, id)
	}
	f.op = p.op
	return f
}

func (p *Pool) settle(f *Frame, id page.ID) {
	p.queues.tick()
	f.id, f.op, f.used, f.came = id, p.op, 0, p.queues.now
	p.table.add(id, f.number)
	p.queues.enter(f, &p.stats)
}

func (p *Pool) read(b page.Page, id page.ID, blank bool) error {
	n, err := p.data.ReadAt(b, p.offset(id))
	if err == io.EOF {
		clear(b[n:])
		err = nil
	}
	if err != nil {
		return &page.DamageError{File: DataFile, ID: id, Reason: "it cannot be read", Err: err}
	}
	if b.Blank() {
		if blank {
			return nil
		}
		return &page.DamageError{File: DataFile, ID: id, Reason: "it was never written, or is behind the end of the file"}
	}
	if damage := b.Check(id); damage != "" {
		return &page.DamageError{File: DataFile, ID: id, Reason: damage}
	}
	return nil
}

// ReadDisk reads a page as the disk has it, past the pool.
func (p *Pool) ReadDisk(b page.Page, id page.ID) error { return p.read(b, id, false) }

func (p *Pool) offset(id page.ID) int64 { return int64(id) * int64(p.o.PageSize) }

// Warm reads a page's bytes from the file and drops them. Any goroutine may
// call it.
func (p *Pool) Warm(id page.ID) {
	var space [page.MaxSize]byte
	_, _ = p.data.ReadAt(space[:p.o.PageSize], p.offset(id)) // the owner's read reports errors
}

// Close closes the files. Nothing is written.
func (p *Pool) Close() {
	for _, f := range []node.File{p.data, p.home, p.double} {
		_ = f.Close() // nothing is pending on them
	}
}

// Unpin lets a frame go before its operation is over: the caller keeps no slice of
// it beyond the next Fix.
func (p *Pool) Unpin(f *Frame) {
	if f.op == p.op {
		f.op = 0
	}
}

// Size returns the length of the data file, in bytes.
func (p *Pool) Size() (int64, error) { return p.data.Size() }
