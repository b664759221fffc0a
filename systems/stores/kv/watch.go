package kv

// WatchRequest says which changes to watch.
type WatchRequest struct {
	Key, RangeEnd []byte   // as in Range
	Start         Revision // the first to deliver; 0 for the next one
	PrevKV        bool     // history is searched for what each change replaced
	NoPut         bool     // leave out puts
	NoDelete      bool     // leave out deletions
	Sink          Sink
}

// Sink is where the changes go. Its methods run on the store's loop, within
// Apply or Restore: they must neither block nor call the store.
type Sink interface {
	// Deliver hands over a batch. Returning false means that there is no room:
	// the watcher is then behind, nothing is kept for it, and it gets nothing
	// more by itself until Pull has brought it up to date again.
	Deliver(*Watcher, Batch) bool
	// Behind says that the watcher fell behind because the whole state was
	// replaced.
	Behind(*Watcher)
}

// Batch is what happened to a watched interval up to a revision. The events of
// one revision are never spread over two batches.
type Batch struct {
	Events    []Event  // in order; shared between watchers, so read only
	Revision  Revision // all events up to here have been delivered with it
	Compacted Revision // if not 0, the watch is over: what it needs is gone before this
}

// Event is a change of one key.
type Event struct {
	Deleted bool
	HasPrev bool
	KV      KeyValue // of a deletion only Key and ModRevision
	Prev    KeyValue // as it was before
}

// Watcher is one watch. Like its store it lives on the loop.
//
// It is in one of two states. A watcher that is in step gets its events from
// Apply as they happen. One that is behind, because it starts in the past or
// because its sink had no room, reads them from the history with Pull, at its
// own pace: a client that never reads costs no more than its Watcher.
type Watcher struct {
	store    *Store
	request  WatchRequest
	keys     interval
	next     Revision // nothing before it is delivered any more
	behind   bool
	place    watcherPlace
	gathered []int // changes of the revision that is being published
}

// Watch starts to watch. It is behind at first if it starts in the past.
func (s *Store) Watch(q WatchRequest) *Watcher {
	w := &Watcher{store: s, request: q, keys: newInterval(q.Key, q.RangeEnd), next: q.Start}
	if w.next <= 0 {
		w.next = s.rev + 1
	}
	w.behind = w.next <= s.rev
	s.hub.insert(w)
	return w
}

// Cancel ends the watch. Cancelling it again does nothing.
func (w *Watcher) Cancel() { w.store.hub.remove(w) }

// InStep tells whether events come by themselves.
func (w *Watcher) InStep() bool { return !w.behind }

// Progress returns the revision up to which everything has been delivered.
func (w *Watcher) Progress() Revision {
	if w.behind {
		return w.next - 1
	}
	return w.store.rev
}

// wants applies the filters.
func (w *Watcher) wants(deleted bool) bool {
	if deleted {
		return !w.request.NoDelete
	}
	return !w.request.NoPut
}

// fall notes that the watcher has everything before a revision and no more.
func (w *Watcher) fall(next Revision) {
	w.behind = true
	w.next = max(w.next, next)
}
