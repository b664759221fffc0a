package mapreduce

// over tells whether the job has ended, one way or another.
func (m *Master) over() bool { return m.phase >= Finished }

// finishIfDone ends the job when every output is in the file system.
func (m *Master) finishIfDone() {
	if m.phase == Underway && m.tables[ReduceKind].All() {
		m.end(Finished, "")
	}
}

// abort ends the job without success. What was committed stays.
func (m *Master) abort(why string) {
	if !m.over() {
		m.end(Failed, why)
	}
}

func (m *Master) end(p Phase, verdict string) {
	m.phase, m.verdict = p, verdict
	m.tick.Stop()
	m.news.Stop()
	for _, w := range m.order {
		m.env.Send(w.addr, &Dismiss{m.term})
	}
	for _, a := range m.cfg.Workers {
		if m.workers[a] == nil { // it may have been hired all the same
			m.env.Send(a, &Dismiss{m.term})
		}
	}
	if m.store.Saving() { // what is being saved does not say so
		m.late = true
		return
	}
	m.save(m.finished)
}

// finished tells whoever had the job done, once that is durable.
func (m *Master) finished() {
	if m.cfg.Ended != nil {
		m.cfg.Ended(m.Status())
	}
}
