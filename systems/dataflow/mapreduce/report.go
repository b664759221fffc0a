package mapreduce

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// report takes what a worker says of its attempts. All of it may have been said
// before, or come from an attempt that was given up.
func (m *Master) report(from node.Addr, r *Report) {
	if r.Term != m.term || m.phase != Underway {
		if m.over() && r.Term == m.term {
			m.env.Send(from, &Dismiss{m.term})
		}
		return
	}
	w := m.workers[from]
	if w == nil || w.life != r.Life {
		m.ask(from)
		return
	}
	now := m.env.Elapsed()
	w.heard, w.shuffled = now, max(w.shuffled, r.Shuffled)
	if w.patience.wronged(r) {
		m.bear(w)
	}
	var verdicts []Verdict
	for _, e := range r.Ended {
		verdicts = append(verdicts, Verdict{e.Token, m.ended(w, e)})
		if m.phase != Underway {
			return
		}
	}
	for _, x := range r.Running {
		if !m.renewed(x, now) {
			verdicts = append(verdicts, Verdict{Token: x.Token})
		}
	}
	for _, l := range r.Lost {
		m.lost(l)
	}
	if len(verdicts) > 0 {
		m.env.Send(from, &Settle{m.term, verdicts})
	}
	m.knows(w, r.Known)
	m.assign(w)
	if m.reducing() && !m.reduced || len(r.Lost) > 0 {
		m.reduced = m.reducing()
		m.assignAll()
	}
	m.finishIfDone()
}

// renewed tells whether an attempt may go on. One that has won already was overtaken by
// the news of that: its regions are wanted.
func (m *Master) renewed(x Running, now time.Duration) bool {
	if x.Kind > ReduceKind || x.Task < 0 || x.Task >= m.tables[x.Kind].Len() {
		return false
	}
	t := m.tables[x.Kind]
	return t.Renew(x.Token, x.Progress, now) || t.Winner(x.Task) == x.Token
}

// ended decides whether an attempt's result counts.
func (m *Master) ended(w *worker, e Ended) (counts bool) {
	if e.Kind > ReduceKind || e.Task < 0 || e.Task >= m.tables[e.Kind].Len() {
		return false
	}
	t := m.tables[e.Kind]
	if e.Problem != "" {
		if a := t.Find(e.Token); a != nil && a.Worker == w.addr && a.Task == e.Task {
			m.failed(w, e)
		}
		return false
	}
	if e.Kind == MapKind && e.Regions != m.cfg.Job.Partitions {
		m.abort(fmt.Sprintf("map task %d: its program made %d regions of %d", e.Task, e.Regions, m.cfg.Job.Partitions))
		return false
	}
	return m.completed(w, e)
}

// completed makes the first attempt that ended the one that counts. The completion of
// a map task that is completed already is ignored, else the names of its regions are
// recorded (section 3.3); those of attempts that were given up are ignored as well.
func (m *Master) completed(w *worker, e Ended) (counts bool) {
	t := m.tables[e.Kind]
	attempt := t.Find(e.Token)
	losers, err := t.Commit(e.Token, e.Task, e.Counters, m.env.Elapsed())
	if again := err != nil && t.Winner(e.Task) == e.Token; again {
		return true // the worker has not heard of it
	}
	//parley:rule mapreduce.input.tasks-and-master mapreduce.commit.map-completion mapreduce.straggler.backup-execution mapreduce.semantics.sequential-equivalence force=false
	if err != nil {
		return false
	}
	if attempt != nil {
		w.running[e.Kind]--
		if attempt.Backup {
			m.count.wins++
		}
	}
	for _, l := range losers {
		m.dismissed(e.Kind, l)
	}
	m.fulls = 0
	m.count.bytes[e.Kind] += e.Bytes
	m.changed = true
	if e.Kind == MapKind {
		m.place(Place{e.Task, e.Token, w.addr})
		if t.All() {
			m.tables[ReduceKind].Awaited(m.env.Elapsed())
		}
	}
	return true
}

// dismissed tells a worker that its attempt lost.
func (m *Master) dismissed(k Kind, a *task.Attempt) {
	if w := m.workers[a.Worker]; w != nil {
		w.running[k]--
	}
	m.env.Send(a.Worker, &Settle{m.term, []Verdict{{Token: a.Token}}})
}

// failed takes an attempt's failure: of the worker, of a record, or of the task.
func (m *Master) failed(w *worker, e Ended) {
	m.tables[e.Kind].Fail(e.Token)
	w.running[e.Kind]--
	m.note(fmt.Sprintf("%v task %d, attempt %v on %s: %s", e.Kind, e.Task, e.Token, w.addr, e.Problem))
	switch {
	case e.Full:
		m.rest(w)
	case e.Blameless:
	case e.Bad && m.skipped(e):
	case m.charge(e) >= m.cfg.MaxAttempts:
		m.abort(fmt.Sprintf("%v task %d failed %d times, at last attempt %v on %s: %s",
			e.Kind, e.Task, m.cfg.MaxAttempts, e.Token, w.addr, e.Problem))
	}
}

// lost hears that a reducer cannot get a map task's regions. Those of a worker that
// was given up are being made again already. Where nobody answers, the reducer may be
// the one that is cut off: it takes several reports.
func (m *Master) lost(l Lost) {
	if l.Map < 0 || l.Map >= len(m.places) {
		return
	}
	p := m.places[l.Map]
	if p.Token != l.Token || p.Token == (task.Token{}) || m.workers[p.Worker] == nil {
		return
	}
	m.doubts[l.Token]++
	if l.Surely || m.doubts[l.Token] >= doubtful {
		delete(m.doubts, l.Token)
		m.count.unread++
		m.reopen(l.Map)
	}
}

// doubtful is how many reports make a region lost for which nobody answers.
const doubtful = 3

// rest lets a worker be whose disk is full: others may have room. If nothing has been
// completed while each was tried several times the job cannot go on.
func (m *Master) rest(w *worker) {
	w.full = m.env.Elapsed() + m.cfg.DeadAfter
	m.count.full++
	if m.fulls++; m.fulls > 3*len(m.order)+3 {
		m.abort("no worker has room on its disk")
	}
}
