package etcd

import (
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

// pullMore has the loop read on for watches that are behind, if there is room
// for what it finds. It runs on the sending goroutine.
func (w *watchStream) pullMore() {
	if w.lagging.Load() == 0 || w.out.full() || w.pulling.Swap(true) {
		return
	}
	w.post(w.pull)
}

// pull reads one stretch of the history for the watch whose turn it is.
func (w *watchStream) pull(Replica) {
	defer w.out.wake()
	defer w.pulling.Store(false)
	if len(w.behind) == 0 {
		return
	}
	x := w.behind[0]
	w.behind = append(w.behind[:0], w.behind[1:]...)
	b := x.watcher.Pull()
	x.push(b)
	switch {
	case b.Compacted != 0:
		w.tellCompacted(x, int64(b.Compacted))
	case !x.watcher.InStep():
		w.behind = append(w.behind, x)
	}
	w.lagging.Store(int64(len(w.behind)))
	w.answerProgress()
}

// tellCompacted ends a watch that history has left behind.
func (w *watchStream) tellCompacted(x *watch, compacted int64) {
	w.drop(x)
	w.out.add(&pb.WatchResponse{Header: w.header(), WatchId: x.id, Canceled: true, CompactRevision: compacted}, false)
}

// requestProgress is answered once all watches of the stream are in step: then
// everything up to the present revision is in the outbox, and the answer behind
// it.
func (w *watchStream) requestProgress() {
	w.asked = true
	w.answerProgress()
}

func (w *watchStream) answerProgress() {
	if !w.asked || len(w.behind) > 0 {
		return
	}
	w.asked = false
	w.out.add(&pb.WatchResponse{Header: w.header(), WatchId: invalidWatchID}, false)
}

// notifyProgress tells idle watches that want to know how far they are. It runs
// on the loop.
func (w *watchStream) notifyProgress(Replica) {
	for _, x := range w.watches {
		if x.progress && x.idle && x.watcher.InStep() {
			w.out.add(&pb.WatchResponse{Header: w.header(), WatchId: x.id}, false)
		}
		x.idle = true
	}
}
