package mapreduce

import (
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// hired answers a master. A later incarnation of the present one takes over what its
// predecessor ordered: the regions stay, what is in progress is fenced and ends.
func (w *Worker) hired(from node.Addr, h *Hire) {
	j := w.job
	switch {
	case w.left:
		return
	case j == nil:
		w.engage(from, h)
	case j.term.Job != h.Term.Job:
		if int64(w.env.Elapsed())-j.heard < int64(w.cfg.YieldAfter) {
			return // busy; it will ask again
		}
		w.quit()
		w.engage(from, h)
	case h.Term.Epoch < j.term.Epoch:
		return
	case h.Term.Epoch > j.term.Epoch:
		for len(j.running) > 0 {
			w.cancel(j.running[0])
		}
		j.term, j.master, j.hire, j.ended, j.lost, j.known = h.Term, from, h, nil, nil, 0
		w.forgetPlaces()
	}
	w.hear()
	w.meet(h.Roster)
	w.env.Send(from, w.joining(w.job.term, w.job.problem))
}

func (w *Worker) engage(from node.Addr, h *Hire) {
	j := &engagement{term: h.Term, master: from, hire: h, outputs: map[task.Token]*output{}}
	if h.Maps < 1 || h.Maps > MaxMaps || h.Partitions < 1 || h.Partitions > MaxPartitions {
		j.problem = fmt.Sprintf("%d map and %d reduce tasks are beyond the bounds", h.Maps, h.Partitions)
	} else {
		j.program, j.problem = w.program(h.Spec)
		j.places = make([]Place, h.Maps)
	}
	w.job = j
}

// program asks the library, which is the user's code.
func (w *Worker) program(spec []byte) (p Program, problem string) {
	found, err := guard(func() (Program, error) { return w.cfg.Library(spec) })
	if err != nil {
		return nil, err.Error()
	}
	return found, ""
}

func (w *Worker) meet(roster []Peer) {
	if w.cfg.Meet == nil {
		return
	}
	for _, p := range roster {
		if p.Host != w.env.Self().Host() {
			w.cfg.Meet(p)
		}
	}
}

// forgetPlaces has all places heard again: they are numbered by each master anew.
func (w *Worker) forgetPlaces() { clear(w.job.places) }

// quit drops the job and all that was made for it.
func (w *Worker) quit() {
	j := w.job
	for len(j.running) > 0 {
		w.cancel(j.running[0])
	}
	//parley:unordered each output is dropped by itself
	for _, o := range j.outputs {
		w.drop(o)
	}
	w.job = nil
}

func (w *Worker) drop(o *output) {
	o.file.Close()
	_ = w.env.Disk().Remove(o.name) // it goes at the next start at the latest
}

// report tells the master everything.
func (w *Worker) report() {
	j := w.job
	r := &Report{Term: j.term, Life: w.life, Known: j.known, Shuffled: j.shuffled}
	for _, x := range j.running {
		r.Running = append(r.Running, Running{x.order.Kind, x.order.Task, x.order.Token, x.progress()})
	}
	r.Ended = append(r.Ended, j.ended...)
	r.Lost, j.lost = j.lost, nil
	w.env.Send(j.master, r)
}

// settle takes a verdict: regions of an attempt that does not count are dropped, and
// one that still runs is stopped.
func (w *Worker) settle(v Verdict) {
	j := w.job
	for i := range j.ended {
		if j.ended[i].Token == v.Token {
			j.ended = append(j.ended[:i:i], j.ended[i+1:]...)
			break
		}
	}
	if v.Counts {
		return
	}
	if x := j.find(v.Token); x != nil {
		w.cancel(x)
	}
	if o := j.outputs[v.Token]; o != nil {
		delete(j.outputs, v.Token)
		w.drop(o)
	}
}
