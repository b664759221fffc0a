package mapreduce

// place records where the regions of a map task are now, and sees to it that workers
// with reduce tasks hear of it (section 3.3).
func (m *Master) place(p Place) {
	m.places[p.Map] = p
	m.changes = append(m.changes, p.Map)
	m.changed = true
	m.news.Reset(m.cfg.NotifyEvery)
}

// tell sends what is new to every worker that runs a reduce task.
func (m *Master) tell() {
	if m.phase != Underway {
		return
	}
	now := m.env.Elapsed()
	for _, w := range m.order {
		if w.running[ReduceKind] == 0 {
			continue
		}
		for w.sent < uint64(len(m.changes)) {
			l := m.since(w.sent)
			w.sent, w.sentAt = l.To, now
			m.env.Send(w.addr, l)
		}
	}
}

// maxPlaces bounds a Locate.
const maxPlaces = 1024

// since returns the changes since a version, each map task once.
func (m *Master) since(from uint64) *Locate {
	l := &Locate{Term: m.term, From: from, To: min(from+maxPlaces, uint64(len(m.changes)))}
	told := map[int]bool{}
	for _, i := range m.changes[l.From:l.To] {
		if !told[i] {
			told[i] = true
			l.Places = append(l.Places, m.places[i])
		}
	}
	return l
}

// resend goes back to what a worker says it knows, if it had time to hear the rest.
func (m *Master) resend(w *worker) {
	if w.known > uint64(len(m.changes)) {
		w.known = 0 // of an earlier epoch
	}
	if w.known < w.sent && m.env.Elapsed()-w.sentAt >= m.cfg.PingEvery {
		w.sent = w.known
	}
	if w.sent < uint64(len(m.changes)) && w.running[ReduceKind] > 0 {
		m.news.Reset(0)
	}
}
