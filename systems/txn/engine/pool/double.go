package pool

import (
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/parleysystems/parley/systems/txn/engine/page"
)

const (
	doubleMagic  = "PARLEYDW"
	doubleHeader = 24
	doublePages  = 4096 // offset of the first copy
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Settle makes durable what the data file was found to hold, what restore has
// written included. It comes before the first change.
func (p *Pool) Settle(done func(error)) { p.home.Sync(done) }

// writeDouble writes the batch's copies and lets them become durable (B2).
func (p *Pool) writeDouble() {
	header, copies := p.writer.header(), p.writer.space[:len(p.writer.batch)*p.o.PageSize]
	p.host.Job(func() any {
		if _, err := p.double.WriteAt(copies, doublePages); err != nil {
			return err
		}
		_, err := p.double.WriteAt(header, 0)
		return err
	}, func(result any) {
		if err, failed := result.(error); failed {
			p.halt("write", DoubleFile, err)
			return
		}
		p.double.Sync(p.doubled)
	})
}

// header describes the batch.
func (w *writer) header() []byte {
	h := make([]byte, doubleHeader, doubleHeader+4*len(w.batch))
	copy(h, doubleMagic)
	binary.LittleEndian.PutUint32(h[12:], uint32(len(w.batch)))
	binary.LittleEndian.PutUint64(h[16:], w.seq)
	for _, c := range w.batch {
		h = binary.LittleEndian.AppendUint32(h, uint32(c.id))
	}
	binary.LittleEndian.PutUint32(h[8:], crc32.Checksum(h[12:], castagnoli))
	return h
}

// doubled goes on when the copies are durable: now the pages may be torn.
func (p *Pool) doubled(err error) {
	if err != nil {
		p.halt("sync", DoubleFile, err)
		return
	}
	p.host.Job(func() any {
		for _, c := range p.writer.batch {
			if _, err := p.home.WriteAt(c.page, p.offset(c.id)); err != nil {
				return err
			}
		}
		return nil
	}, func(result any) {
		if err, failed := result.(error); failed {
			p.halt("write", DataFile, err)
			return
		}
		p.home.Sync(p.written)
	})
}

// written ends a batch: pages that did not change since their copies were made
// are clean.
func (p *Pool) written(err error) {
	if err != nil {
		p.halt("sync", DataFile, err)
		return
	}
	w := &p.writer
	for _, c := range w.batch {
		f := c.frame
		f.flight = false
		if f.after != 0 {
			f.rec, f.after = f.after, 0
			w.order = append(w.order, f)
			continue
		}
		f.dirty, f.rec = false, 0
		w.dirty--
	}
	p.stats.Batches++
	p.stats.Writes += uint64(len(w.batch))
	w.batch = w.batch[:0]
	w.busy = false
	p.release()
	p.Pump()
}

// restore writes those pages of the last batch again that are bad at home.
func (p *Pool) restore() error {
	ids, seq := p.lastBatch()
	p.writer.seq = seq
	copies := make(page.Page, p.o.PageSize*len(ids))
	if n, _ := p.double.ReadAt(copies, doublePages); n < len(copies) {
		return nil // the batch was not complete, so that nothing was written at home
	}
	image := func(i int) page.Page { return copies[i*p.o.PageSize:][:p.o.PageSize] }
	for i, id := range ids {
		if image(i).Check(id) != "" {
			return nil
		}
	}
	home := make(page.Page, p.o.PageSize)
	for i, id := range ids {
		n, err := p.home.ReadAt(home, p.offset(id))
		if err == io.EOF {
			clear(home[n:])
			err = nil
		}
		if err == nil && home.Check(id) == "" {
			continue
		}
		if _, err := p.home.WriteAt(image(i), p.offset(id)); err != nil {
			return err
		}
		p.stats.Restored++
	}
	return nil
}

// lastBatch returns the pages of the last batch, if its header is good.
func (p *Pool) lastBatch() (ids []page.ID, seq uint64) {
	h := make([]byte, doublePages)
	n, _ := p.double.ReadAt(h, 0)
	if n < doubleHeader || string(h[:8]) != doubleMagic {
		return nil, 0
	}
	count := int(binary.LittleEndian.Uint32(h[12:]))
	if count > (n-doubleHeader)/4 {
		return nil, 0
	}
	h = h[:doubleHeader+4*count]
	if crc32.Checksum(h[12:], castagnoli) != binary.LittleEndian.Uint32(h[8:]) {
		return nil, 0
	}
	for i := range count {
		ids = append(ids, page.ID(binary.LittleEndian.Uint32(h[doubleHeader+4*i:])))
	}
	return ids, binary.LittleEndian.Uint64(h[16:])
}
