package kv

// One Pull looks at so many changes, and returns about so many bytes, before
// it lets the loop do something else.
const (
	pullChanges = 4096
	pullBytes   = 256 << 10
)

// Pull returns the next events of a watcher that is behind, and none if nothing
// of it happened in the stretch of history that it looked at. Call it until
// the watcher is in step. If that history has been compacted the watch ends.
func (w *Watcher) Pull() Batch {
	s := w.store
	switch {
	case !w.behind:
		return Batch{Revision: s.rev}
	case w.next < s.compacted:
		w.Cancel()
		return Batch{Revision: s.rev, Compacted: s.compacted}
	}
	var events []Event
	i, bytes := s.changes.find(w.next), 0
	for stop := i + pullChanges; i < s.changes.len(); i++ {
		v := s.changes.at(i)
		if (i >= stop || bytes >= pullBytes) && v.place().sub == 0 {
			w.next = v.main()
			return Batch{Events: events, Revision: w.next - 1}
		}
		if w.keys.contains(v.key()) && w.wants(v.deleted()) {
			v = s.changes.whole(i)
			events = append(events, w.past(v))
			bytes += len(v)
		}
	}
	w.behind, w.next = false, max(w.next, s.rev+1)
	return Batch{Events: events, Revision: s.rev}
}

// past makes the event of a change in the history.
func (w *Watcher) past(v version) Event {
	e := Event{KV: v.pair(), Deleted: v.deleted()}
	before := e.KV.ModRevision - 1
	if !w.request.PrevKV || before < w.store.compacted {
		return e
	}
	if old, ok := w.store.getAt(e.KV.Key, before); ok && !old.deleted() {
		e.Prev, e.HasPrev = old.pair(), true
	}
	return e
}
