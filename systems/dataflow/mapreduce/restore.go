package mapreduce

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/checkpoint"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// tables is what a master keeps of a job: enough for a successor to go on. What was
// in progress is not among it: the successor's epoch fences that.
type tables struct {
	Job     string       `wire:"1"`
	Epoch   uint64       `wire:"2"` // of the master
	Phase   Phase        `wire:"3"`
	Verdict string       `wire:"4"`
	Maps    []keptMap    `wire:"5"` // completed
	Reduces []keptReduce `wire:"6"`
	Lives   []keptLife   `wire:"7"`
	Skips   []keptSkip   `wire:"8"`
}

type keptMap struct {
	Place    Place    `wire:"1"`
	Counters Counters `wire:"2"`
}

type keptReduce struct {
	Task     int      `wire:"1"`
	Counters Counters `wire:"2"`
}

type keptLife struct {
	Worker node.Addr `wire:"1"`
	Life   uint64    `wire:"2"`
}

type keptSkip struct {
	Kind    Kind     `wire:"1"`
	Task    int      `wire:"2"`
	Records []uint64 `wire:"3"`
}

func init() { wire.Register[tables]("mapreduce.tables") }

// recover finds out whether there was a master of this job before, on this disk.
func (m *Master) recover() {
	found, err := m.store.Load()
	if err != nil && !errors.Is(err, checkpoint.ErrNone) {
		m.env.Halt(fmt.Errorf("mapreduce: master of job %s: %w", m.cfg.Job.ID, err))
		return
	}
	if err == nil {
		old, err := m.decode(found)
		if err != nil {
			m.env.Halt(err)
			return
		}
		if old.Job == m.cfg.Job.ID {
			m.resume(old)
			return
		}
		m.prepare(old.Epoch + 1)
	} else {
		m.prepare(1)
	}
	m.save(m.open)
}

func (m *Master) decode(found checkpoint.State) (*tables, error) {
	b, _ := found.Part("tables")
	v, err := wire.Unmarshal(b)
	old, ok := v.(*tables)
	if err != nil || !ok {
		return nil, fmt.Errorf("mapreduce: master of job %s: checkpoint %d cannot be read: %v", m.cfg.Job.ID, found.Epoch, err)
	}
	return old, nil
}

// resume goes on from the latest checkpoint, or aborts the job if there are to be
// none but the one that keeps the epoch (section 3.3).
func (m *Master) resume(old *tables) {
	m.prepare(old.Epoch + 1)
	switch {
	case old.Phase == Finished || old.Phase == Failed || old.Phase == Aborted:
		m.restore(old)
		m.phase, m.verdict = old.Phase, old.Verdict
		m.finished()
	case m.cfg.CheckpointEvery == 0:
		m.phase, m.verdict = Aborted, ErrAborted.Error()
		m.save(m.finished)
	default:
		m.restore(old)
		m.save(m.open)
	}
}

// restore puts the tables back. A completed map task without the place of its
// regions would be no use to any reducer.
func (m *Master) restore(old *tables) {
	m.count.restored++
	for _, k := range old.Lives {
		m.newWorker(k.Worker, k.Life)
	}
	for _, k := range old.Maps {
		if k.Place.Map >= len(m.places) || m.workers[k.Place.Worker] == nil {
			continue
		}
		m.tables[MapKind].Adopt(k.Place.Map, k.Place.Token, k.Counters)
		//parley:rule mapreduce.master.failure-abort-or-checkpoint drop
		m.place(k.Place)
	}
	for _, k := range old.Reduces {
		if k.Task < m.cfg.Job.Partitions {
			m.tables[ReduceKind].Adopt(k.Task, task.Token{}, k.Counters)
		}
	}
	for _, k := range old.Skips {
		if k.Kind <= ReduceKind {
			m.skip[k.Kind][k.Task] = k.Records
			m.count.skipped += len(k.Records)
		}
	}
}

// checkpoint saves the tables if it is time and they changed.
func (m *Master) checkpoint() {
	every := m.cfg.CheckpointEvery
	if every == 0 || !m.changed || m.store.Saving() || m.env.Elapsed()-m.saved < every {
		return
	}
	m.save(func() { m.count.checkpoints++ })
}

// Saved tells whether a successor would find all that has happened so far.
func (m *Master) Saved() bool { return !m.changed && !m.store.Saving() }

// save makes the tables as they are now durable, and goes on. A master that cannot
// keep what it promised to keep stops its host.
func (m *Master) save(then func()) {
	b, err := wire.Marshal(m.keep())
	if err != nil {
		panic(fmt.Sprintf("mapreduce: tables of job %s: %v", m.cfg.Job.ID, err))
	}
	m.saved, m.changed = m.env.Elapsed(), false
	m.number++
	err = m.store.Save(m.term.Epoch<<32|m.number, []checkpoint.Part{{Name: "tables", Data: b}}, func(err error) {
		if err != nil {
			m.env.Halt(fmt.Errorf("mapreduce: master of job %s: %w", m.cfg.Job.ID, err))
			return
		}
		if m.late {
			m.late = false
			m.save(m.finished)
			return
		}
		then()
	})
	if err != nil {
		m.env.Halt(fmt.Errorf("mapreduce: master of job %s: %w", m.cfg.Job.ID, err))
	}
}

func (m *Master) keep() *tables {
	t := &tables{Job: m.cfg.Job.ID, Epoch: m.term.Epoch, Phase: m.phase, Verdict: m.verdict}
	maps, reduces := m.tables[MapKind], m.tables[ReduceKind]
	for i, p := range m.places {
		if maps.State(i) == task.Done {
			t.Maps = append(t.Maps, keptMap{p, maps.CountersOf(i)})
		}
	}
	for i := range reduces.Len() {
		if reduces.State(i) == task.Done {
			t.Reduces = append(t.Reduces, keptReduce{i, reduces.CountersOf(i)})
		}
	}
	for _, w := range m.order {
		t.Lives = append(t.Lives, keptLife{w.addr, w.life})
	}
	for k := range m.skip {
		for i := range m.tables[k].Len() {
			if records := m.skip[k][i]; len(records) > 0 {
				t.Skips = append(t.Skips, keptSkip{Kind(k), i, slices.Clone(records)})
			}
		}
	}
	return t
}
