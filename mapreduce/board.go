package mapreduce

import (
	"slices"
	"sync"
	"time"

	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Progress is how far a job is.
type Progress struct {
	Maps, Reduces States
	Bytes, Total  int64 // of input
	Workers       int   // that take part; 0 within one process
}

// States counts tasks by what they are doing.
type States struct{ Waiting, Running, Done, Again int }

// TaskTime is what one task took.
type TaskTime struct {
	Kind     Kind
	Task     int
	Attempts int
	Time     time.Duration // of the execution that counted
	Bytes    int64         // of input
	Worker   string        // empty within one process

	over bool
}

// board is what is known of a job while it runs. Tasks write to it at the beginning
// and the end of their executions.
type board struct {
	began    time.Time
	mu       sync.Mutex
	total    int64
	states   map[Kind]*States
	tasks    map[Kind][]TaskTime
	running  map[*TaskTime]execution
	done     int64
	counters mr.Counters
}

type execution struct {
	began   time.Time
	size    int64 // of its input
	monitor mr.Monitor
}

func newBoard(maps, reduces int) *board {
	return &board{
		began:    time.Now(),
		states:   map[Kind]*States{MapTask: {Waiting: maps}, ReduceTask: {Waiting: reduces}},
		tasks:    map[Kind][]TaskTime{MapTask: make([]TaskTime, maps), ReduceTask: make([]TaskTime, reduces)},
		running:  map[*TaskTime]execution{},
		counters: mr.Counters{},
	}
}

func (b *board) begin(kind Kind, task, attempt int, size int64, monitor mr.Monitor) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, t := b.states[kind], &b.tasks[kind][task]
	s.Waiting--
	s.Running++
	if attempt > 1 {
		s.Again++
	}
	*t = TaskTime{Kind: kind, Task: task, Attempts: attempt}
	b.running[t] = execution{time.Now(), size, monitor}
}

func (b *board) end(kind Kind, task int, counters mr.Counters, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, t := b.states[kind], &b.tasks[kind][task]
	e := b.running[t]
	delete(b.running, t)
	s.Running--
	if err != nil {
		s.Waiting++
		return
	}
	s.Done++
	t.Time, t.Bytes, t.over = time.Since(e.began), e.monitor.Advanced(), true
	if kind == MapTask {
		b.done += t.Bytes
	}
	b.counters.Add(counters)
}

func (b *board) progress() Progress {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := Progress{Maps: *b.states[MapTask], Reduces: *b.states[ReduceTask], Bytes: b.done, Total: b.total}
	for t, e := range b.running {
		if t.Kind == MapTask {
			p.Bytes += e.monitor.Advanced()
		}
	}
	return p
}

// report tells how far the job is until the returned function is called.
func (b *board) report(tell func(Progress)) (stop func()) {
	if tell == nil {
		return func() {}
	}
	ticker, ended, over := time.NewTicker(100*time.Millisecond), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		for {
			select {
			case <-ticker.C:
				tell(b.progress())
			case <-ended:
				ticker.Stop()
				tell(b.progress())
				return
			}
		}
	}()
	return func() { close(ended); <-over }
}

func (b *board) summary() Summary {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Summary{Counters: b.counters, Tasks: slices.Concat(b.tasks[MapTask], b.tasks[ReduceTask])}
}
