package pool

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/page"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// writer cleans dirty pages in the background, one batch at a time.
type writer struct {
	dirty   int      // frames
	order   []*Frame // dirty frames, roughly by recLSN
	horizon node.LSN // pages with an older recLSN are due
	all     bool     // every dirty page is due
	busy    bool
	clean   *scheme.Ticket // fires when a batch is done
	batch   []copied
	space   []byte // of the copies
	seq     uint64 // of the last batch
}

// copied is a page as it is being written.
type copied struct {
	frame *Frame
	id    page.ID
	page  page.Page
}

func (w *writer) init(p *Pool) {
	w.space = make([]byte, p.o.Batch*p.o.PageSize)
}

// Changed notes that the record lsn has changed the page in a frame.
func (p *Pool) Changed(f *Frame, lsn node.LSN) {
	f.SetLSN(lsn)
	//parley:rule aries.memory.dirty-page-table force=true
	if f.rec == 0 {
		f.rec = lsn
	}
	if f.flight && f.after == 0 {
		f.after = lsn
	}
	if !f.dirty {
		f.dirty = true
		p.writer.dirty++
		p.writer.order = append(p.writer.order, f)
	}
}

// Dirty is a row of the dirty page table.
type Dirty struct {
	Page   page.ID
	RecLSN node.LSN
}

// DirtyPages returns the dirty page table, sorted by page.
func (p *Pool) DirtyPages() []Dirty {
	var table []Dirty
	for i := range p.frames {
		if f := &p.frames[i]; f.dirty {
			table = append(table, Dirty{f.id, f.rec})
		}
	}
	//parley:noties a page is in one frame
	slices.SortFunc(table, func(a, b Dirty) int { return int(int64(a.Page) - int64(b.Page)) })
	return table
}

// OldestRecLSN returns the least recLSN of all dirty pages, 0 if there are none.
func (p *Pool) OldestRecLSN() (least node.LSN) {
	for i := range p.frames {
		if f := &p.frames[i]; f.dirty && (least == 0 || f.rec < least) {
			least = f.rec
		}
	}
	return least
}

// WriteBefore makes pages due whose recLSN is less than lsn, so that a restart
// need not look that far back.
func (p *Pool) WriteBefore(lsn node.LSN) {
	p.writer.horizon = max(p.writer.horizon, lsn)
	p.Pump()
}

// WriteAll makes every page due that is dirty, and returns a ticket until none
// is.
func (p *Pool) WriteAll() error {
	if p.err != nil {
		return p.err
	}
	if p.writer.all = p.writer.dirty > 0; !p.writer.all {
		return nil
	}
	return p.writer.ticket(p)
}

// ticket returns a ticket that fires when a batch has been written.
func (w *writer) ticket(p *Pool) error {
	if w.clean == nil {
		w.clean = new(scheme.Ticket)
	}
	t := w.clean
	p.Pump()
	return t
}

// due tells whether pages should be written.
func (p *Pool) due() bool {
	w := &p.writer
	return w.dirty > 0 && (w.clean != nil || w.all || w.dirty > len(p.frames)/4 || w.oldestDue())
}

// oldestDue looks at the head of the order, which is old enough for its purpose.
func (w *writer) oldestDue() bool {
	for len(w.order) > 0 && !w.order[0].dirty {
		w.order = w.order[1:]
	}
	return len(w.order) > 0 && w.order[0].rec < w.horizon
}

// Pump begins a batch if one is due and none is under way. The owner calls it
// after operations; completions go on by themselves.
func (p *Pool) Pump() {
	w := &p.writer
	if w.busy || p.err != nil || !p.due() {
		return
	}
	w.busy = true
	w.seq++
	newest := p.choose()
	//parley:rule wal.rule.log-before-page force=false
	if newest > p.log.Durable() {
		p.log.WhenDurable(p.writeDouble)
		return
	}
	p.writeDouble()
}

// choose copies the pages of the next batch, those with the oldest recLSN first,
// and returns the newest LSN among them: the log has to be durable up to there
// before a copy is written (B1). A page that changes all the time has its turn like
// any other, since it is the copy that waits for the log.
func (p *Pool) choose() (newest node.LSN) {
	w := &p.writer
	w.batch = w.batch[:0]
	i := 0
	for ; i < len(w.order) && len(w.batch) < p.o.Batch; i++ {
		f := w.order[i]
		if !f.dirty || f.flight {
			continue
		}
		at := len(w.batch) * p.o.PageSize
		image := page.Page(w.space[at : at+p.o.PageSize])
		copy(image, f.Page)
		image.Seal()
		f.flight, f.after = true, 0
		newest = max(newest, f.LSN())
		w.batch = append(w.batch, copied{f, f.id, image})
	}
	w.order = w.order[i:]
	return newest
}

// halt makes the pool dead: what may be on the disk is not known any more.
func (p *Pool) halt(op, file string, err error) {
	if p.err != nil {
		return
	}
	p.err = fmt.Errorf("pool: %s %s: %w; no page is written any more, and nothing that was committed is lost", op, file, err)
	p.release()
	if p.o.Halt != nil {
		p.o.Halt(p.err)
	}
}

// release lets go of who waits for clean frames.
func (p *Pool) release() {
	if t := p.writer.clean; t != nil {
		p.writer.clean = nil
		t.Fire()
	}
}
