package mapreduce

import (
	"fmt"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// Worker runs tasks for one master at a time, and serves the regions that it made to
// the workers that reduce them. It promises nothing that outlives it: what is on its
// disk when it starts is of an earlier life and is removed.
type Worker struct {
	cfg  WorkerConfig
	env  node.Env
	life uint64
	job  *engagement
	beat node.Timer
	left bool
}

// engagement is a job that a worker works for.
type engagement struct {
	term     Term
	master   node.Addr
	hire     *Hire
	program  Program
	problem  string // why there is no program
	pinged   bool   // the master knows of us
	heard    int64  // when, by Elapsed
	running  []*execution
	ended    []Ended // not settled
	lost     []Lost  // not reported
	outputs  map[task.Token]*output
	places   []Place // by map task
	known    uint64
	shuffled int64
	told     *Status // what the master last answered
}

// output is the regions that a map execution left here.
type output struct {
	task    int
	file    node.File
	name    string
	starts  []int64 // by partition
	regions []Region
}

// NewWorker returns the node. A configuration that Validate refuses panics.
func NewWorker(cfg WorkerConfig) *Worker {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &Worker{cfg: cfg.withDefaults()}
}

// Start implements node.Node.
func (w *Worker) Start(env node.Env) {
	w.env, w.life = env, env.Rand().Uint64()|1
	names, err := env.Disk().List("")
	if err != nil {
		env.Halt(fmt.Errorf("mapreduce: worker %s: list its files: %w", env.Self(), err))
		return
	}
	for _, name := range names {
		if err := env.Disk().Remove(name); err != nil {
			env.Halt(fmt.Errorf("mapreduce: worker %s: remove %s of an earlier life: %w", env.Self(), name, err))
			return
		}
	}
	w.beat = env.Timer(w.beats)
	w.beats()
}

// beats does what is due from time to time: joining, and asking again for what did
// not come.
func (w *Worker) beats() {
	switch j := w.job; {
	case j == nil && w.cfg.Master != "" && !w.left:
		w.env.Send(w.cfg.Master, w.joining(Term{}, ""))
	case j == nil:
	case int64(w.env.Elapsed())-j.heard > int64(w.cfg.MasterSilence):
		w.quit()
	default:
		if silent := int64(w.env.Elapsed())-j.heard > 2*int64(w.cfg.RetryAfter); !j.pinged || silent {
			w.env.Send(j.master, w.joining(j.term, j.problem))
		}
		for _, x := range j.running {
			x.retry()
		}
	}
	w.beat.Reset(w.cfg.RetryAfter / 2)
}

func (w *Worker) joining(t Term, problem string) *Join {
	return &Join{Term: t, Life: w.life, MapSlots: w.cfg.MapSlots, ReduceSlots: w.cfg.ReduceSlots, Problem: problem}
}

// Leave tells the master that this worker goes: what it was doing, and the regions
// that it has, will be made again elsewhere. It takes no more work.
func (w *Worker) Leave() {
	w.left = true
	if w.job != nil {
		w.env.Send(w.job.master, &Leave{w.job.term, w.life})
		w.quit()
	}
}

// Receive implements node.Node.
func (w *Worker) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *Hire:
		w.hired(from, m)
	case *Fetch:
		w.serve(from, m)
	case *Chunk:
		if w.job != nil && m.Job == w.job.term.Job {
			w.chunk(from, m)
		}
	case *Held:
		w.each(from, m.Term, m.Token, func(x *execution) { x.held(m) })
	case *Committed:
		w.each(from, m.Term, m.Token, func(x *execution) { x.committed(m) })
	default:
		w.ordered(from, m)
	}
}

// ordered takes what only the present master may say.
func (w *Worker) ordered(from node.Addr, m node.Message) {
	j := w.job
	if j == nil || from != j.master {
		return
	}
	switch m := m.(type) {
	case *Ping:
		if m.Term == j.term {
			j.pinged = true
			w.hear()
			w.report()
		}
	case *Assign:
		if m.Term == j.term {
			w.hear()
			w.begin(m)
		}
	case *Settle:
		if m.Term == j.term {
			for _, v := range m.Verdicts {
				w.settle(v)
			}
		}
	case *Locate:
		if m.Term == j.term {
			w.located(m)
		}
	case *Status:
		if m.Job == j.term.Job {
			j.told = m
		}
	case *Dismiss:
		if m.Term == j.term {
			w.quit()
		}
	}
}

// Ask has the worker ask its master how the job is doing, for those who look at it here.
func (w *Worker) Ask() {
	if w.job != nil {
		w.env.Send(w.job.master, &Ask{w.job.term.Job})
	}
}

// Told returns what the master of the present job last answered; nil if there is none.
func (w *Worker) Told() *Status {
	if w.job == nil {
		return nil
	}
	return w.job.told
}

func (w *Worker) hear() { w.job.heard = int64(w.env.Elapsed()) }

// each runs f for the execution of a token, if it is under way and the file system has
// something to say to it.
func (w *Worker) each(from node.Addr, t Term, token task.Token, f func(*execution)) {
	if w.job == nil || w.job.term != t || w.job.hire.Files != from {
		return
	}
	if x := w.job.find(token); x != nil {
		f(x)
	}
}

func (j *engagement) find(token task.Token) *execution {
	for _, x := range j.running {
		if x.order.Token == token {
			return x
		}
	}
	return nil
}
