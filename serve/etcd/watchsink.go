package etcd

import (
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// Deliver implements kv.Sink.
func (x *watch) Deliver(_ *kv.Watcher, b kv.Batch) bool {
	if x.stream.out.full() {
		x.stream.fellBehind(x)
		return false
	}
	x.push(b)
	return true
}

// Behind implements kv.Sink.
func (x *watch) Behind(*kv.Watcher) { x.stream.fellBehind(x) }

func (w *watchStream) fellBehind(x *watch) {
	w.behind = append(w.behind, x)
	w.lagging.Store(int64(len(w.behind)))
	w.out.wake()
}

func (x *watch) push(b kv.Batch) {
	if len(b.Events) == 0 {
		return
	}
	x.idle = false
	s := x.stream.server
	s.metrics.events.Add(float64(len(b.Events)))
	x.stream.out.add(&pb.WatchResponse{
		Header: s.header(b.Revision), WatchId: x.id, Events: events(b.Events, x.prevKV),
	}, x.fragment)
}

func events(in []kv.Event, prev bool) []*mvccpb.Event {
	out := make([]*mvccpb.Event, len(in))
	for i := range in {
		e := &mvccpb.Event{Kv: pair(&in[i].KV)}
		if in[i].Deleted {
			e.Type = mvccpb.Event_DELETE
		}
		if prev && in[i].HasPrev {
			e.PrevKv = pair(&in[i].Prev)
		}
		out[i] = e
	}
	return out
}
