package mapreduce

import (
	"cmp"
	"strconv"

	"github.com/parleysystems/parley/mapreduce/watch"
	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// view is how the job is now, or how it was when the master ended.
func (m *mastery) view() watch.View {
	m.look()
	if v := m.seen.Load(); v != nil {
		return *v
	}
	return watch.View{State: watch.Waiting}
}

// look asks the master. One that has ended has nothing new to say.
func (m *mastery) look() {
	if v, err := ask(m.host, m.viewOf); err == nil {
		m.seen.Store(&v)
	}
}

// viewOf runs on the master's loop.
func (m *mastery) viewOf(master *mr.Master) watch.View {
	s := master.Status()
	v := ViewOf(s)
	p := progressOf(s, m.local.board.total)
	v.Bytes, v.Total = p.Bytes, p.Total
	if m.kept != nil {
		state := "behind"
		if master.Saved() {
			state = "up to date"
		}
		v.Figures = append(v.Figures, watch.Figure{Name: "checkpoint", Value: state})
	}
	for k, tasks := range map[mr.Kind]*watch.Tasks{mr.MapKind: &v.Maps, mr.ReduceKind: &v.Reduces} {
		if table := master.Table(k); table != nil {
			tasks.Cells, tasks.PerCell = cellsOf(table)
		}
	}
	called := m.names()
	for i := range v.Running {
		v.Running[i].Worker = cmp.Or(called[v.Running[i].Worker], v.Running[i].Worker)
	}
	for _, w := range master.Staff() {
		v.Workers = append(v.Workers, watch.Worker{
			Name: cmp.Or(called[w.Worker.Host()], w.Worker.Host()), Maps: w.Running[mr.MapKind], Reduces: w.Running[mr.ReduceKind], Held: w.Held, Silent: w.Silent, Full: w.Full,
		})
	}
	return v
}

// names are what people call workers that have no name but their address, by the name
// that was made of it.
func (m *mastery) names() map[string]string {
	called := map[string]string{}
	for _, worker := range m.cluster.Workers {
		if name, address := place(worker); worker == address {
			called[name] = address
		}
	}
	return called
}

func cellsOf(t *task.Table) (cells string, perCell int) {
	running := map[int]int{}
	for _, a := range t.Attempts() {
		running[a.Task]++
	}
	return watch.Cells(t.Len(), func(i int) byte {
		switch {
		case t.State(i) == task.Done:
			return watch.CellDone
		case running[i] > 1:
			return watch.CellBackup
		case running[i] == 1:
			return watch.CellRunning
		}
		return watch.CellWaiting
	})
}

// ViewOf is what a master's answer to anybody has to show: all but the state of each
// single task, and of each worker.
func ViewOf(s mr.Status) watch.View {
	v := watch.View{
		Job: s.Job, State: stateOf(s), Problem: s.Problem, Elapsed: s.Elapsed,
		Maps: tasksOf(s.Maps), Reduces: tasksOf(s.Reduces), Counters: s.Counters, Notes: s.Failures,
		Figures: []watch.Figure{
			{Name: "workers", Value: strconv.Itoa(s.Workers)},
			{Name: "workers lost", Value: strconv.Itoa(s.WorkersLost)},
			{Name: "map tasks run again for that", Value: strconv.Itoa(s.Redone)},
			{Name: "backup tasks", Value: strconv.Itoa(s.Backups)},
			{Name: "of them first", Value: strconv.Itoa(s.BackupWins)},
			{Name: "map tasks near their input", Value: strconv.Itoa(s.Local)},
			{Name: "bytes fetched by reduce tasks", Value: strconv.FormatInt(s.Shuffled, 10)},
		},
	}
	for _, k := range []struct {
		kind  Kind
		tally mr.Tally
	}{{MapTask, s.Maps}, {ReduceTask, s.Reduces}} {
		for _, x := range k.tally.Slow {
			v.Running = append(v.Running, watch.Execution{
				Kind: string(k.kind), Task: x.Task, Worker: x.Worker.Host(), Age: x.Age, Progress: x.Progress, Backup: x.Backup,
				Straggler: watch.Straggles(x.Age, k.tally.Median, k.tally.Done),
			})
		}
	}
	return v
}

func stateOf(s mr.Status) string {
	switch {
	case s.Phase == mr.Finished:
		return watch.Writing
	case s.Phase == mr.Failed, s.Phase == mr.Aborted:
		return watch.Failed
	case s.Workers == 0:
		return watch.Waiting
	}
	return watch.Running
}

func tasksOf(t mr.Tally) watch.Tasks {
	s := statesOf(t)
	return watch.Tasks{Waiting: s.Waiting, Running: s.Running, Done: s.Done, Again: s.Again, Median: t.Median, Slowest: t.Slowest}
}
