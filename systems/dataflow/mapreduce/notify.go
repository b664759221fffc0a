package mapreduce

// place records where the regions of a map task are now, and sees to it that workers
// with reduce tasks hear of it (section 3.3).
func (m *Master) place(p Place) {
	m.places[p.Map] = p
	m.changes = append(m.changes, p.Map)
	m.changed = true
	clear(m.latest)
	if !m.gathering {
		m.gathering = true
		m.news.Reset(m.cfg.NotifyEvery)
	}
}

// tell sends what is new to every worker that runs a reduce task.
func (m *Master) tell() {
	m.gathering = false
	if m.phase != Underway {
		return
	}
	for _, w := range m.order {
		m.inform(w)
	}
}

// inform sends a worker that runs a reduce task what it was not sent.
func (m *Master) inform(w *worker) {
	if w.running[ReduceKind] == 0 {
		return
	}
	if w.sent == w.known {
		w.lags = m.env.Elapsed()
	}
	for w.sent < uint64(len(m.changes)) {
		l := m.since(w.sent)
		w.sent = l.To
		m.env.Send(w.addr, l)
	}
}

// maxPlaces bounds a Locate.
const maxPlaces = 1024

// since returns the changes since a version, each map task once.
func (m *Master) since(from uint64) *Locate {
	if l := m.latest[from]; l != nil {
		return l // most workers lack the same
	}
	l := &Locate{Term: m.term, From: from, To: min(from+maxPlaces, uint64(len(m.changes)))}
	told := map[int]bool{}
	for _, i := range m.changes[l.From:l.To] {
		if !told[i] {
			told[i] = true
			l.Places = append(l.Places, m.places[i])
		}
	}
	m.latest[from] = l
	return l
}

// knows takes what a worker says it has heard. If it had time to hear more, and has not,
// something was lost, and of what comes behind that it makes nothing: all is sent again.
// News that go on coming are no excuse.
func (m *Master) knows(w *worker, known uint64) {
	if known > uint64(len(m.changes)) {
		known = 0 // of an earlier epoch
	}
	if known > w.known {
		w.lags = m.env.Elapsed()
	}
	w.known = known
	if w.known < w.sent && m.env.Elapsed()-w.lags >= m.cfg.PingEvery {
		w.sent = w.known
		m.inform(w)
	}
}
