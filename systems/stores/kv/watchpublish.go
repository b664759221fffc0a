package kv

// publish hands the changes of one revision to those who are in step.
func (h *hub) publish(r Revision, changes []change) {
	if h.count == 0 {
		return
	}
	for i := range changes {
		h.gather(i, changes[i].now)
	}
	if len(h.touched) == 0 {
		return
	}
	events := newEvents(changes)
	for _, w := range h.touched {
		b := Batch{Events: events, Revision: r}
		if len(w.gathered) < len(events) {
			b.Events = pick(events, w.gathered)
		}
		w.gathered = w.gathered[:0]
		if !w.request.Sink.Deliver(w, b) {
			w.fall(r)
		}
	}
	clear(h.touched)
	h.touched = h.touched[:0]
}

// gather notes for each watcher that wants it that the i-th change is v.
func (h *hub) gather(i int, v version) {
	key, main, deleted := v.key(), v.main(), v.deleted()
	note := func(w *Watcher) {
		if w.behind || main < w.next || !w.wants(deleted) {
			return
		}
		if len(w.gathered) == 0 {
			h.touched = append(h.touched, w)
		}
		w.gathered = append(w.gathered, i)
	}
	for _, w := range h.keys[key] {
		note(w)
	}
	for at, n := range h.lengths {
		if n > len(key) {
			break
		}
		if at > 0 && n == h.lengths[at-1] {
			continue
		}
		for _, w := range h.prefixes[key[:n]] {
			note(w)
		}
	}
	for _, w := range h.others {
		if w.keys.contains(key) {
			note(w)
		}
	}
}

func newEvents(changes []change) []Event {
	events := make([]Event, len(changes))
	for i, c := range changes {
		e := &events[i]
		e.KV, e.Deleted = c.now.pair(), c.now.deleted()
		if c.before != "" {
			e.Prev, e.HasPrev = c.before.pair(), true
		}
	}
	return events
}

func pick(events []Event, which []int) []Event {
	picked := make([]Event, len(which))
	for i, at := range which {
		picked[i] = events[at]
	}
	return picked
}

// restored puts everybody behind: what happened since the old revision is now
// in the history, if anywhere.
func (h *hub) restored(old Revision) {
	for _, w := range h.all {
		if !w.behind {
			w.fall(old + 1)
			w.request.Sink.Behind(w)
		}
	}
}
