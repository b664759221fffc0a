package mapreduce

import (
	"errors"
	"hash/crc32"
	"log/slog"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// errUnreachable says that regions could not be fetched for a long time. The task has
// better chances elsewhere.
var errUnreachable = errors.New("regions cannot be fetched")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// fetching is how a reduce task comes by its regions, one of each map task. It asks
// for a chunk at a time of each, and has as many chunks asked for as it has credits,
// so that never more is on its way than it said it would take. What it has lies in
// memory up to a bound, and beyond in a scratch file that is never synced: if this
// worker fails the regions are read again from the disks of those who made them.
type fetching struct {
	regions []incoming // by map task
	ready   []int      // map tasks to ask for, in order
	active  int        // credits spent
	whole   int
	begun   bool  // the body
	bytes   int64 // of what was fetched
	kept    int64 // of them in memory
	scratch node.File
	spilled int64
}

// incoming is a region on its way.
type incoming struct {
	place   Place
	state   fetchState
	region  Region // as the first chunk said
	have    int64
	sum     uint32
	memory  chunks
	onDisk  bool     // in scratch, from at on
	file    NearFile // a neighbour's, from at on; nil if the region was fetched
	at      int64
	asked   time.Duration
	retries int

	borrowing bool // it is being read where it lies
	far       bool // that failed
}

type fetchState uint8

const (
	unlocated fetchState = iota
	waiting              // in ready
	asking
	fetched
)

func (x *execution) startFetching() {
	j := x.worker.job
	f := &fetching{regions: make([]incoming, j.hire.Maps)}
	x.fetch = f
	// Reducers begin at different places, so that not all ask one worker.
	for k := range f.regions {
		i := (k + x.order.Task*len(f.regions)/max(j.hire.Partitions, 1)) % len(f.regions)
		if j.places[i].Token != (task.Token{}) {
			x.locate(j.places[i])
		}
	}
	x.pump()
}

// located hears where regions are, or are not any more.
func (w *Worker) located(l *Locate) {
	j := w.job
	if l.From > j.known {
		return // what is between will be sent again
	}
	for _, p := range l.Places {
		if p.Map < 0 || p.Map >= len(j.places) || l.To < j.known {
			continue // of the past
		}
		j.places[p.Map] = p
		for _, x := range append([]*execution(nil), j.running...) {
			if x.fetch != nil {
				x.locate(p)
			}
		}
	}
	j.known = max(j.known, l.To)
	for _, x := range append([]*execution(nil), j.running...) {
		if x.fetch != nil {
			x.pump()
		}
	}
}

// locate redirects a reducer. A region that it has is not read again, whoever has made
// another copy; of one that it has read in part it begins anew (section 3.3).
func (x *execution) locate(p Place) {
	r := &x.fetch.regions[p.Map]
	//parley:rule mapreduce.failure.redirect-reducers force=false
	if r.state == fetched {
		return
	}
	if r.place.Token == p.Token && r.state != unlocated {
		return
	}
	if r.state == asking {
		x.fetch.active--
	}
	if r.state == fetched {
		x.fetch.whole--
	}
	x.fetch.release(r)
	queued := r.state == waiting
	*r = incoming{place: p, state: waiting}
	if p.Token == (task.Token{}) {
		r.state = unlocated
		return
	}
	if !queued {
		x.fetch.ready = append(x.fetch.ready, p.Map)
	}
}

// pump asks for as much as the credits allow, and goes on to the body of the task once
// every region is there.
func (x *execution) pump() {
	f := x.fetch
	if x.over || f.begun {
		return
	}
	for f.active < x.worker.cfg.Credits && len(f.ready) > 0 {
		i := f.ready[0]
		f.ready = f.ready[1:]
		if r := &f.regions[i]; r.state == waiting {
			r.state = asking
			f.active++
			x.askFor(r)
		}
	}
	x.reduceIfReady()
}

func (x *execution) askFor(r *incoming) {
	w := x.worker
	r.asked = w.env.Elapsed()
	w.env.Send(r.place.Worker, &Fetch{
		Job: w.job.term.Job, Map: r.place.Map, Token: r.place.Token, Partition: x.order.Task,
		Offset: r.have, Most: w.cfg.Chunk, For: x.order.Token, Near: r.have == 0 && x.near(r),
	})
}

// chunk takes bytes of a region, if they are the next of the copy that is being read.
func (w *Worker) chunk(from node.Addr, c *Chunk) {
	x := w.job.find(c.For)
	if x == nil || x.fetch == nil || c.Map < 0 || c.Map >= len(x.fetch.regions) {
		return
	}
	r := &x.fetch.regions[c.Map]
	if r.state != asking || r.place.Token != c.Token || r.place.Worker != from || c.Offset != r.have || r.borrowing {
		return
	}
	if !c.Gone && c.Dir != "" && c.At >= 0 && c.Region.Length >= 0 && r.have == 0 && x.near(r) {
		x.borrow(r, c)
		return
	}
	if c.Gone || c.Region.Length < 0 || r.have > 0 && c.Region != r.region || r.have+int64(len(c.Data)) > c.Region.Length ||
		len(c.Data) == 0 && r.have < c.Region.Length {
		x.lose(r, true)
		return
	}
	r.retries = 0
	if err := x.store(r, c); err != nil {
		x.failed(err)
		return
	}
	w.job.shuffled += int64(len(c.Data))
	if r.have < r.region.Length {
		x.askFor(r)
		return
	}
	if r.sum != r.region.Sum {
		x.lose(r, true)
		return
	}
	x.whole(r)
}

// whole goes on when a region is there.
func (x *execution) whole(r *incoming) {
	f := x.fetch
	r.state = fetched
	f.active--
	f.whole++
	f.bytes += r.have
	x.worker.env.Note("region fetched", slog.Int("map", r.place.Map), slog.String("by", x.order.Token.String()))
	x.pump()
}

// store keeps what came.
func (x *execution) store(r *incoming, c *Chunk) error {
	f := x.fetch
	if r.have == 0 {
		r.region = c.Region
		if r.onDisk = f.kept+c.Region.Length > x.worker.cfg.FetchMemory; r.onDisk {
			if f.scratch == nil {
				file, err := x.create("fetched")
				if err != nil {
					return err
				}
				f.scratch = file
			}
			r.at = f.spilled
			f.spilled += c.Region.Length
		} else {
			f.kept += c.Region.Length
		}
	}
	if r.onDisk {
		if _, err := f.scratch.WriteAt(c.Data, r.at+r.have); err != nil {
			return err
		}
	} else {
		r.memory.add(c.Data)
	}
	r.have += int64(len(c.Data))
	r.sum = crc32.Update(r.sum, castagnoli, c.Data)
	return nil
}

// release gives back the memory that a region took.
func (f *fetching) release(r *incoming) {
	if r.have > 0 && !r.onDisk && r.file == nil {
		f.kept -= r.region.Length
	}
}

// lose reports a copy that cannot be had, and waits to hear of another.
func (x *execution) lose(r *incoming, surely bool) {
	j := x.worker.job
	j.lost = append(j.lost, Lost{Map: r.place.Map, Token: r.place.Token, Surely: surely})
	x.fetch.active--
	x.fetch.release(r)
	place := r.place
	*r = incoming{place: place}
	x.worker.report()
	x.pump()
}

// retry asks again for what did not come, and gives a region up after a while. A place
// that was given up in doubt is tried anew as long as the master names it.
func (x *execution) retry() {
	if x.ship != nil {
		x.ship.retry(x)
		return
	}
	if x.fetch == nil || x.fetch.whole == len(x.fetch.regions) {
		return
	}
	w := x.worker
	now := w.env.Elapsed()
	for i := range x.fetch.regions {
		r := &x.fetch.regions[i]
		switch {
		case x.over:
			return
		case r.state == unlocated && w.job.places[i].Token != (task.Token{}) && now-r.asked >= w.cfg.RetryAfter*time.Duration(w.cfg.Retries):
			r.asked = now
			x.locate(w.job.places[i])
		case r.state != asking || r.borrowing || now-r.asked < w.cfg.RetryAfter:
		case r.retries < w.cfg.Retries:
			r.retries++
			x.askFor(r)
		default:
			x.lose(r, false)
			x.fetch.regions[i].asked = now
		}
	}
	x.pump()
}
