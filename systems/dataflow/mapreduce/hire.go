package mapreduce

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/node"
)

// hire asks those that ought to work and do not.
func (m *Master) hire() {
	for _, a := range m.cfg.Workers {
		if m.workers[a] == nil {
			m.ask(a)
		}
	}
	for _, w := range m.order {
		if w.slots == [2]int{} { // known from a checkpoint
			m.ask(w.addr)
		}
	}
}

func (m *Master) ask(a node.Addr) {
	m.env.Send(a, &Hire{
		Term: m.term, Spec: m.cfg.Job.Spec, Maps: len(m.cfg.Job.Splits), Partitions: m.cfg.Job.Partitions,
		Files: m.cfg.Files, Roster: m.cfg.Roster,
	})
}

// join takes a worker in, at any time in the job. One that comes back with another
// life has lost what it had.
func (m *Master) join(from node.Addr, j *Join) {
	if m.phase != Underway {
		if m.over() && j.Term == m.term {
			m.env.Send(from, &Dismiss{m.term})
		}
		return
	}
	if j.Term != m.term {
		m.ask(from)
		return
	}
	if j.Problem != "" {
		m.abort(fmt.Sprintf("worker %s cannot run the job's program: %s", from, j.Problem))
		return
	}
	w := m.workers[from]
	if w != nil && w.life != j.Life {
		m.fail(w, "has restarted")
		w = nil
	}
	if w == nil {
		if len(m.workers) >= MaxWorkers {
			return
		}
		w = m.newWorker(from, j.Life)
		m.count.joined++
		m.changed = true
	}
	w.slots = [2]int{min(max(j.MapSlots, 0), 1024), min(max(j.ReduceSlots, 0), 1024)}
	w.heard = m.env.Elapsed()
	m.env.Send(from, &Ping{m.term})
	m.assign(w)
}

func (m *Master) ping() {
	for _, w := range m.order {
		m.env.Send(w.addr, &Ping{m.term})
	}
}

// detect gives up workers that have been silent for too long (section 3.3), and
// attempts of which a worker that speaks says nothing. The verdict may be wrong:
// what was given up is fenced, and cannot do harm.
func (m *Master) detect() {
	now := m.env.Elapsed()
	for _, w := range slices.Clone(m.order) {
		if m.silent(w, m.cfg.DeadAfter) {
			w.patience.life = w.life
			m.fail(w, "does not answer")
		}
	}
	for k := range m.tables {
		for _, a := range m.tables[k].Expire(now) {
			if w := m.workers[a.Worker]; w != nil {
				w.running[k]--
				w.patience.expired(a.Token)
			}
			m.count.expired++
		}
	}
}

// fail gives a worker up. What it was doing is idle again; so are the map tasks that
// it had completed, for their regions lay on its disk. Reduce tasks that it had
// completed stay so: their outputs are in the global file system (section 3.3).
func (m *Master) fail(w *worker, why string) {
	delete(m.workers, w.addr)
	m.order = slices.DeleteFunc(m.order, func(o *worker) bool { return o == w })
	m.count.lost++
	m.changed = true
	m.note(fmt.Sprintf("worker %s %s", w.addr, why))
	for k := range m.tables {
		m.tables[k].Revoke(w.addr)
	}
	for i := range m.places {
		//parley:rule mapreduce.failure.map-worker-redo-completed force=false
		if m.places[i].Worker == w.addr {
			m.reopen(i)
		}
	}
}

// reopen makes a completed map task idle, since its regions are lost.
func (m *Master) reopen(mapTask int) {
	m.tables[MapKind].Reopen(mapTask)
	m.count.redone++
	m.place(Place{Map: mapTask})
}
