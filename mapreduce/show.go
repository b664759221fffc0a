package mapreduce

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/mapreduce/watch"
)

// show runs a job, and has it watched meanwhile if that is wanted. view is called when
// somebody looks, at any time from the beginning of run on.
func (o Options) show(view func() watch.View, run func() error) error {
	if o.HTTP == "" {
		return run()
	}
	var last atomic.Pointer[watch.View]
	title := cmp.Or(o.Title, "MapReduce")
	s, err := watch.Serve(o.HTTP, title, func() watch.View {
		v := last.Load()
		if v == nil {
			now := view()
			v = &now
		}
		v.Job = title
		return *v
	})
	if err != nil {
		return err
	}
	defer s.Close()
	if o.Watched != nil {
		o.Watched(s.URL())
	}
	err = run()
	v := view()
	v.Job, v.State = title, watch.Finished
	if err != nil {
		v.State, v.Problem = watch.Failed, err.Error()
	}
	last.Store(&v)
	return err
}

// view is what a board has to show.
func (l *local) view() watch.View {
	b := l.board
	p := b.progress()
	b.mu.Lock()
	defer b.mu.Unlock()
	v := watch.View{
		State: watch.Running, Elapsed: time.Since(b.began), Bytes: p.Bytes, Total: p.Total,
		Maps: b.tasksOf(MapTask), Reduces: b.tasksOf(ReduceTask), Counters: maps.Clone(b.counters),
	}
	if v.Reduces.Waiting+v.Reduces.Running == 0 && v.Reduces.Done > 0 {
		v.State = watch.Writing
	}
	for t, e := range b.running {
		tasks := v.Maps
		if t.Kind == ReduceTask {
			tasks = v.Reduces
		}
		age := time.Since(e.began)
		v.Running = append(v.Running, watch.Execution{
			Kind: string(t.Kind), Task: t.Task, Age: age, Progress: thousandths(e.monitor.Advanced(), e.size),
			Straggler: watch.Straggles(age, tasks.Median, tasks.Done),
		})
	}
	slices.SortFunc(v.Running, func(a, b watch.Execution) int { return cmp.Or(cmp.Compare(b.Age, a.Age), cmp.Compare(a.Task, b.Task)) })
	v.Running = v.Running[:min(len(v.Running), watch.MostShown)]
	return v
}

func thousandths(done, size int64) int {
	if size <= 0 {
		return -1
	}
	return int(min(done*1000/size, 1000))
}

// tasksOf needs b.mu.
func (b *board) tasksOf(kind Kind) watch.Tasks {
	s := b.states[kind]
	v := watch.Tasks{Waiting: s.Waiting, Running: s.Running, Done: s.Done, Again: s.Again}
	var times []time.Duration
	for _, t := range b.tasks[kind] {
		if t.over {
			times = append(times, t.Time)
		}
	}
	if len(times) > 0 {
		slices.Sort(times)
		v.Median, v.Slowest = times[len(times)/2], times[len(times)-1]
	}
	v.Cells, v.PerCell = watch.Cells(len(b.tasks[kind]), func(task int) byte {
		t := &b.tasks[kind][task]
		_, runs := b.running[t]
		switch {
		case t.over:
			return watch.CellDone
		case runs:
			return watch.CellRunning
		}
		return watch.CellWaiting
	})
	return v
}
