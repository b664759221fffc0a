package mapreduce

import (
	"io"
	"log/slog"
	"time"

	"github.com/parleysystems/parley/node"
)

// reduceIfReady runs the body of a reduce task, which must see the regions of all map
// tasks: a key may have values in any of them (section 3.1).
func (x *execution) reduceIfReady() {
	f := x.fetch
	//parley:rule mapreduce.shuffle.remote-pull value=f.whole<len(f.regions)-1
	if f.whole < len(f.regions) {
		return
	}
	f.begun = true
	w := x.worker
	out, err := x.create("reduce")
	if err != nil {
		x.failed(err)
		return
	}
	scratch, err := x.create("scratch")
	if err != nil {
		x.failed(err)
		return
	}
	t := ReduceTask{
		Partition: x.order.Task, Skip: x.order.Skip, Memory: w.cfg.Memory,
		Out: out, Scratch: scratch, Monitor: x.monitor, Inputs: f.inputs(),
	}
	program := w.job.program
	w.env.Note("reduce begins", slog.Int("regions", f.whole))
	body(x, f.bytes, func() (ReduceResult, error) { return program.Reduce(t) }, func(r ReduceResult, err error) {
		switch {
		case x.over:
		case err != nil:
			x.failed(err)
		default:
			x.ship = &shipping{file: out, result: r}
			x.ship.pump(x)
		}
	})
}

// inputs returns the regions in the order of the map tasks.
func (f *fetching) inputs() []*io.SectionReader {
	in := make([]*io.SectionReader, len(f.regions))
	for i := range f.regions {
		r := &f.regions[i]
		if r.file != nil {
			in[i] = io.NewSectionReader(r.file, r.at, r.have)
		} else if r.onDisk {
			in[i] = io.NewSectionReader(f.scratch, r.at, r.have)
		} else {
			in[i] = io.NewSectionReader(&r.memory, 0, r.have)
		}
	}
	return in
}

// shipping is how an output gets into the global file system: under a private name,
// in order, and then all at once under the name of its partition.
type shipping struct {
	file   node.File
	result ReduceResult
	there  int64 // bytes that the file system has
	sent   int64
	moved  time.Duration // when it last said something
	// doubt lets one answer take bytes back that were there: once for each time that
	// nothing came for long, since answers may be late and of any order.
	doubt bool
}

// window is how many chunks may be on their way.
const window = 4

// pump sends what the window allows; when all is there, it commits.
func (s *shipping) pump(x *execution) {
	w := x.worker
	size := int64(w.cfg.Chunk)
	for s.sent < s.result.Length && s.sent < s.there+window*size {
		data := make([]byte, min(size, s.result.Length-s.sent))
		if n, err := s.file.ReadAt(data, s.sent); n < len(data) {
			x.failed(err)
			return
		}
		w.env.Send(w.job.hire.Files, &Put{w.job.term, x.order.Task, x.order.Token, s.sent, data})
		s.sent += int64(len(data))
	}
	if s.there == s.result.Length {
		w.env.Send(w.job.hire.Files, &Commit{w.job.term, x.order.Task, x.order.Token, s.result.Length, s.result.Sum})
	}
}

// retry goes back to what is known to be there.
func (s *shipping) retry(x *execution) {
	if x.worker.env.Elapsed()-s.moved >= x.worker.cfg.RetryAfter {
		s.moved = x.worker.env.Elapsed()
		s.sent, s.doubt = s.there, true
		s.pump(x)
	}
}

// held hears how much is there; less than before if the file system has restarted.
func (x *execution) held(h *Held) {
	s := x.ship
	if s == nil || h.Partition != x.order.Task {
		return
	}
	if h.Problem != "" {
		x.failed(&refusal{h.Problem})
		return
	}
	if h.Bytes < 0 || h.Bytes > s.result.Length || h.Bytes == s.there {
		return
	}
	if h.Bytes < s.there {
		if !s.doubt {
			return
		}
		s.sent = h.Bytes
	}
	s.moved, s.doubt = x.worker.env.Elapsed(), false
	s.there = h.Bytes
	s.sent = max(s.sent, s.there)
	s.pump(x)
}

// refusal is a word of the global file system: no worker can do better.
type refusal struct{ why string }

func (r *refusal) Error() string { return "the output was refused: " + r.why }

// committed hears that the partition's output has its name, this one's or another's.
func (x *execution) committed(c *Committed) {
	if x.ship == nil || c.Partition != x.order.Task {
		return
	}
	if c.Problem != "" {
		x.failed(&refusal{c.Problem})
		return
	}
	x.end(Ended{
		Kind: ReduceKind, Task: x.order.Task, Token: x.order.Token,
		Bytes: x.ship.result.Length, Counters: x.ship.result.Counters,
	})
}
