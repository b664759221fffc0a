package mapreduce

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
)

// execution is an attempt that runs here.
//
//	map:    body ────────────────────────────────► regions on this disk, Ended
//	reduce: fetch all regions ► body ► put ► commit ► Ended
type execution struct {
	worker  *Worker
	order   *Assign
	began   time.Duration
	monitor Monitor
	files   []named // removed with the execution
	lent    []NearFile
	over    bool
	inBody  bool // files are in use by the body

	// Of the body, once it is through: until when it is held up by Pace.
	paced   node.Timer
	pacedAt time.Duration
	pace    time.Duration

	fetch *fetching // of a reduce task
	ship  *shipping
}

type named struct {
	name string
	file node.File
}

// begin starts an attempt, unless it was begun before.
func (w *Worker) begin(a *Assign) {
	j := w.job
	if j.program == nil || a.Token.Epoch != j.term.Epoch || j.find(a.Token) != nil || j.outputs[a.Token] != nil {
		return
	}
	for _, e := range j.ended {
		if e.Token == a.Token {
			return
		}
	}
	if a.Kind > ReduceKind || a.Task < 0 || a.Kind == MapKind && a.Task >= j.hire.Maps || a.Kind == ReduceKind && a.Task >= j.hire.Partitions {
		return
	}
	x := &execution{worker: w, order: a, began: w.env.Elapsed(), monitor: w.cfg.Monitor()}
	j.running = append(j.running, x)
	if a.Kind == MapKind {
		x.runMap()
		return
	}
	x.startFetching()
}

// create makes a file that goes with the execution.
func (x *execution) create(kind string) (node.File, error) {
	name := kind + "/" + x.order.Token.String()
	f, err := x.worker.env.Disk().Create(name)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", name, err)
	}
	x.files = append(x.files, named{name, f})
	return f, nil
}

// body runs user code beside the loop, and done with what it returned.
func body[T any](x *execution, bytes int64, work func() (T, error), done func(T, error)) {
	type outcome struct {
		value T
		err   error
	}
	env := x.worker.env
	x.inBody = true
	env.Job(func() any {
		v, err := guard(work)
		return outcome{v, err}
	}, func(result any) {
		o := result.(outcome)
		if x.inBody = false; x.over {
			x.close()
			return
		}
		x.heldUp(bytes, func() { done(o.value, o.err) })
	})
}

// heldUp lets the time pass that Pace asks for.
func (x *execution) heldUp(bytes int64, then func()) {
	w := x.worker
	if w.cfg.Pace == nil {
		then()
		return
	}
	x.pacedAt = w.env.Elapsed()
	x.pace = w.cfg.Pace(Work{x.order.Kind, x.order.Task, x.order.Token, bytes})
	x.paced = w.env.Timer(func() {
		if !x.over {
			then()
		}
	})
	x.paced.Reset(x.pace)
}

// guard turns a panic into an error, so that what user code does takes no worker
// down, and is seen. A panic on a goroutine that a body started is the body's own to
// catch.
func guard[T any](work func() (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(error); ok {
				err = fmt.Errorf("panic: %w", e)
				return
			}
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return work()
}

// remove ends an execution here.
func (w *Worker) remove(x *execution) {
	x.over = true
	for i, o := range w.job.running {
		if o == x {
			w.job.running = append(w.job.running[:i:i], w.job.running[i+1:]...)
			break
		}
	}
	if !x.inBody {
		x.close()
	}
}

// close removes the files of an execution.
func (x *execution) close() {
	for _, f := range x.files {
		f.file.Close()
		_ = x.worker.env.Disk().Remove(f.name) // it goes at the next start at the latest
	}
	for _, f := range x.lent {
		f.Close()
	}
	x.files, x.lent = nil, nil
}

// cancel stops an execution that nobody waits for. A body under way is told, and what
// it still returns is ignored; its files go when it does.
func (w *Worker) cancel(x *execution) {
	x.monitor.Cancel()
	w.remove(x)
}

// failed reports that an execution came to nothing.
func (x *execution) failed(err error) {
	e := Ended{Kind: x.order.Kind, Task: x.order.Task, Token: x.order.Token, Problem: err.Error()}
	var bad *RecordError
	switch {
	case errors.As(err, &bad):
		e.Bad, e.Record, e.Where = true, bad.Record, bad.Where
	case errors.Is(err, ErrFull):
		e.Blameless, e.Full = true, true
	case errors.Is(err, errUnreachable):
		e.Blameless = true
	}
	x.end(e)
}

// end reports an execution that is over.
func (x *execution) end(e Ended) {
	w := x.worker
	w.remove(x)
	w.job.ended = append(w.job.ended, e)
	w.report()
}

// progress is in thousandths, for the master's idea of stragglers.
func (x *execution) progress() int {
	done := func() int { return share(x.monitor.Advanced(), x.size()) }
	if x.pace > 0 {
		done = func() int { return share(int64(x.worker.env.Elapsed()-x.pacedAt), int64(x.pace)) }
	}
	switch {
	case x.order.Kind == MapKind:
		return done()
	case x.ship != nil:
		return 900 + share(x.ship.there, x.ship.result.Length)/10
	case x.fetch.whole < len(x.fetch.regions):
		return share(int64(x.fetch.whole), int64(len(x.fetch.regions))) / 3
	}
	return 333 + done()*567/1000
}

func (x *execution) size() int64 {
	if x.order.Kind == MapKind {
		return x.order.Split.Bytes
	}
	return x.fetch.bytes
}

func share(part, of int64) int {
	if of <= 0 {
		return 0
	}
	return int(min(part, of) * 1000 / of)
}
