package mapreduce

import (
	"github.com/parleysystems/parley/node"
)

// maxChunk bounds what is sent in one message, whatever is asked for.
const maxChunk = 16 << 20

// serve hands bytes of a region to whoever asks: reducers pull, nothing is pushed to
// them, and regions are never in the global file system (section 3.1).
func (w *Worker) serve(from node.Addr, f *Fetch) {
	c := &Chunk{Job: f.Job, Map: f.Map, Token: f.Token, For: f.For, Offset: f.Offset}
	var o *output
	if w.job != nil && w.job.term.Job == f.Job {
		o = w.job.outputs[f.Token]
	}
	if o == nil || o.task != f.Map || f.Partition < 0 || f.Partition >= len(o.regions) {
		c.Gone = true
		w.env.Send(from, c)
		return
	}
	c.Region = o.regions[f.Partition]
	if near := w.cfg.Neighbours; f.Near && near != nil {
		c.Dir, c.At = near.Dir(), o.starts[f.Partition]
		w.env.Send(from, c)
		return
	}
	n := min(c.Region.Length-f.Offset, int64(f.Most), maxChunk)
	if f.Offset < 0 || n < 0 {
		return
	}
	c.Data = make([]byte, n)
	if n, _ := o.file.ReadAt(c.Data, o.starts[f.Partition]+f.Offset); n < len(c.Data) {
		c.Data, c.Gone = nil, true // the disk cannot read them: as good as lost
	}
	w.env.Send(from, c)
}
