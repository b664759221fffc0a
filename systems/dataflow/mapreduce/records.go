package mapreduce

import "slices"

// Bad records (section 4.6): user code that fails on one record, whenever that is
// read, would keep the job from ever ending. A worker reports where it failed. A
// record at which several executions failed is left out of the next.

// skipped counts the failure at a record and tells whether the next execution will
// leave the record out. If so the failure is not charged to the task.
func (m *Master) skipped(e Ended) bool {
	after := m.cfg.Job.SkipAfter
	if after == 0 {
		return false
	}
	at := crash{e.Kind, e.Task, e.Record}
	m.crashes[at]++
	if m.crashes[at] < after {
		return after <= m.cfg.MaxAttempts // else it would be abandoned before it could be
	}
	if m.count.skipped >= m.cfg.Job.MaxSkipped {
		m.note("more records fail than may be left out")
		return false
	}
	m.count.skipped++
	m.changed = true
	list := slices.Clone(m.skip[e.Kind][e.Task]) // an Assign may hold the old one
	i, _ := slices.BinarySearch(list, e.Record)
	m.skip[e.Kind][e.Task] = slices.Insert(list, i, e.Record)
	return true
}

// charge returns how often a task has failed by its own fault.
func (m *Master) charge(e Ended) int {
	at := crash{e.Kind, e.Task, ^uint64(0)}
	m.crashes[at]++
	return m.crashes[at]
}
