package mapreduce

import "github.com/parleysystems/parley/systems/dataflow/task"

// assignAll hands tasks to all free slots.
func (m *Master) assignAll() {
	for _, w := range m.order {
		m.assign(w)
	}
}

// assign hands a worker idle tasks, as many as it has free slots; and near the end
// of a phase, when none is idle, a backup of a task in progress (section 3.6).
func (m *Master) assign(w *worker) {
	if m.phase != Underway || m.env.Elapsed() < w.full || m.silent(w, m.cfg.Lease) {
		return
	}
	for w.running[MapKind] < w.slots[MapKind] {
		i := m.idleMap(w)
		if i < 0 {
			i = m.backup(MapKind, w)
		}
		if i < 0 {
			break
		}
		m.grant(MapKind, i, w)
	}
	for m.reducing() && w.running[ReduceKind] < w.slots[ReduceKind] {
		i := m.tables[ReduceKind].Idle()
		if i < 0 {
			i = m.backup(ReduceKind, w)
		}
		if i < 0 {
			break
		}
		m.grant(ReduceKind, i, w)
	}
}

// reducing tells whether reduce tasks are handed out: once some maps are done, to
// read their regions while others run.
func (m *Master) reducing() bool {
	t := m.tables[MapKind]
	return t.Done()*1000 >= m.cfg.SlowStart*t.Len()
}

// idleMap prefers a task whose split lies on the worker's host (section 3.4).
func (m *Master) idleMap(w *worker) int {
	t, host := m.tables[MapKind], w.addr.Host()
	if m.tables[ReduceKind].All() {
		return -1
	}
	for _, i := range m.local[host] {
		if t.State(i) == task.Idle {
			m.count.local++
			return i
		}
	}
	return t.Idle()
}

// backup returns a straggler for a free worker, or -1. A reduce task that waits for maps
// is none.
func (m *Master) backup(k Kind, w *worker) int {
	if m.cfg.NoBackups || k == ReduceKind && !m.tables[MapKind].All() {
		return -1
	}
	i := m.tables[k].Straggler(m.cfg.Backups, w.addr, m.env.Elapsed())
	if i >= 0 {
		m.count.backups++
	}
	return i
}

func (m *Master) grant(k Kind, i int, w *worker) {
	a := m.tables[k].Grant(i, w.addr, m.env.Elapsed())
	w.running[k]++
	m.count.granted[k]++
	order := &Assign{Term: m.term, Kind: k, Task: i, Token: a.Token, Skip: m.skip[k][i]}
	if k == MapKind {
		order.Split = m.cfg.Job.Splits[i]
	}
	m.env.Send(w.addr, order)
	m.inform(w)
}
