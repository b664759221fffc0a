package etcd

import (
	"bytes"
	"context"
	"slices"
	"sync/atomic"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// watchStream is the watches of one stream.
type watchStream struct {
	server *Server
	ctx    context.Context
	out    outbox

	// The rest belongs to the loop.
	watches map[int64]*watch
	nextID  int64
	behind  []*watch // in the order in which they will be pulled for
	asked   bool     // the client wants to know the progress of all watches
	ended   bool

	pulling atomic.Bool  // a pull is on its way to the loop
	lagging atomic.Int64 // length of behind
}

// watch is one watch of a stream. It belongs to the loop.
type watch struct {
	id       int64
	stream   *watchStream
	watcher  *kv.Watcher
	prevKV   bool
	fragment bool
	progress bool // wants to be notified while idle
	idle     bool // no events since the last notice
}

var _ kv.Sink = (*watch)(nil)

func newWatchStream(s *Server, ctx context.Context) *watchStream {
	return &watchStream{server: s, ctx: ctx, watches: make(map[int64]*watch), out: newOutbox()}
}

// post has the loop run f. If it cannot, the stream is about to end anyway.
func (w *watchStream) post(f func(Replica)) {
	if w.server.loop.Do(f) != nil {
		w.out.wake()
	}
}

// call is post that waits: so a client has one request in the loop at a time.
func (w *watchStream) call(f func(Replica)) error {
	done := make(chan struct{})
	if w.server.loop.Do(func(r Replica) { f(r); close(done) }) != nil {
		return rpctypes.ErrGRPCStopped
	}
	select {
	case <-done:
		return nil
	case <-w.server.loop.Done():
		return rpctypes.ErrGRPCStopped
	}
}

func (w *watchStream) close() {
	w.post(func(Replica) {
		w.ended = true
		for _, x := range w.watches {
			x.watcher.Cancel()
		}
		w.server.metrics.watches.Add(-float64(len(w.watches)))
		clear(w.watches)
		w.behind = nil
	})
}

// create runs on the loop, so nothing comes between the answer and the events.
func (w *watchStream) create(in *pb.WatchCreateRequest) {
	if len(in.Key) == 0 {
		in.Key = []byte{0}
	}
	id, reason := w.pick(in)
	response := &pb.WatchResponse{
		Header: w.server.header(w.server.store.Revision()), WatchId: id, Created: true,
		Canceled: reason != "", CancelReason: reason,
	}
	w.out.add(response, false)
	if reason != "" || w.ended {
		return
	}
	x := &watch{id: id, stream: w, prevKV: in.PrevKv, fragment: in.Fragment, progress: in.ProgressNotify, idle: true}
	x.watcher = w.server.store.Watch(kv.WatchRequest{
		Key: in.Key, RangeEnd: in.RangeEnd, Start: kv.Revision(in.StartRevision), PrevKV: in.PrevKv,
		NoPut:    slices.Contains(in.Filters, pb.WatchCreateRequest_NOPUT),
		NoDelete: slices.Contains(in.Filters, pb.WatchCreateRequest_NODELETE),
		Sink:     x,
	})
	w.watches[id] = x
	w.server.metrics.watches.Inc()
	if !x.watcher.InStep() {
		w.fellBehind(x)
	}
}

// maxWatches bounds the watches of a host.
const maxWatches = 1 << 20

// pick returns the ID of a new watch, or why it may not be.
func (w *watchStream) pick(in *pb.WatchCreateRequest) (id int64, reason string) {
	open := len(in.RangeEnd) == 1 && in.RangeEnd[0] == 0
	switch {
	case w.server.store.Watchers() >= maxWatches:
		return invalidWatchID, "etcdserver: too many watches on this member"
	case in.StartRevision < 0:
		return invalidWatchID, rpctypes.ErrCompacted.Error()
	case len(in.RangeEnd) > 0 && !open && bytes.Compare(in.Key, in.RangeEnd) >= 0:
		return invalidWatchID, "mvcc: watcher range is empty"
	case in.WatchId != 0:
		if w.watches[in.WatchId] != nil {
			return invalidWatchID, "mvcc: duplicate watch ID provided on the WatchStream"
		}
		return in.WatchId, ""
	}
	for w.watches[w.nextID] != nil {
		w.nextID++
	}
	w.nextID++
	return w.nextID - 1, ""
}

// cancel answers only if there was such a watch.
func (w *watchStream) cancel(id int64) {
	x, ok := w.watches[id]
	if !ok {
		return
	}
	w.drop(x)
	w.out.add(&pb.WatchResponse{Header: w.header(), WatchId: id, Canceled: true}, false)
}

func (w *watchStream) header() *pb.ResponseHeader { return w.server.header(w.server.store.Revision()) }

func (w *watchStream) drop(x *watch) {
	x.watcher.Cancel()
	delete(w.watches, x.id)
	w.server.metrics.watches.Dec()
	w.behind = slices.DeleteFunc(w.behind, func(y *watch) bool { return x == y })
	w.lagging.Store(int64(len(w.behind)))
}
