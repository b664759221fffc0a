package etcd

import (
	"sync"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/protobuf/proto"
)

// outboxBytes is from when on an outbox takes no more events, and the stream no
// more requests: what answers those is always taken.
const outboxBytes = 4 << 20

// outbox holds what is to be sent on a watch stream. The loop adds, the sending
// goroutine takes.
type outbox struct {
	mu    sync.Mutex
	queue []outgoing
	head  int
	bytes int
	ready chan struct{} // of room for one: there may be something to do
	room  chan struct{} // of room for one: it may no longer be full
}

func newOutbox() outbox {
	return outbox{ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

type outgoing struct {
	response *pb.WatchResponse
	fragment bool // may be sent in pieces
	bytes    int
}

// eventOverhead is about what an event takes beside its keys and values.
const eventOverhead = 64

func sizeOf(r *pb.WatchResponse) int {
	n := eventOverhead
	for _, e := range r.Events {
		n += eventOverhead + len(e.Kv.Key) + len(e.Kv.Value) + len(e.GetPrevKv().GetValue())
	}
	return n
}

// full tells whether events have to wait.
func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes >= outboxBytes
}

func (o *outbox) add(r *pb.WatchResponse, fragment bool) {
	item := outgoing{r, fragment, sizeOf(r)}
	o.mu.Lock()
	if o.head > 64 && o.head > len(o.queue)/2 {
		n := copy(o.queue, o.queue[o.head:])
		clear(o.queue[n:])
		o.queue, o.head = o.queue[:n], 0
	}
	o.queue = append(o.queue, item)
	o.bytes += item.bytes
	o.mu.Unlock()
	o.wake()
}

func (o *outbox) wake() { signal(o.ready) }

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (o *outbox) next() (r *pb.WatchResponse, fragment, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.head == len(o.queue) {
		o.queue, o.head = o.queue[:0], 0
		return nil, false, false
	}
	item := o.queue[o.head]
	o.queue[o.head] = outgoing{}
	o.head++
	if o.bytes -= item.bytes; o.bytes < outboxBytes {
		signal(o.room)
	}
	return item.response, item.fragment, true
}

// sendFragments sends r in pieces of at most limit bytes, if the client can put
// them together and there is more than one event.
func sendFragments(rpc watchRPC, r *pb.WatchResponse, fragment bool, limit int) error {
	if !fragment || len(r.Events) < 2 || proto.Size(r) < limit {
		return rpc.Send(r)
	}
	for at := 0; at < len(r.Events); {
		piece := &pb.WatchResponse{Header: r.Header, WatchId: r.WatchId, Fragment: true}
		for size := 0; at < len(r.Events); at++ {
			size += proto.Size(r.Events[at]) + eventOverhead
			if size > limit && len(piece.Events) > 0 {
				break
			}
			piece.Events = append(piece.Events, r.Events[at])
		}
		piece.Fragment = at < len(r.Events)
		if err := rpc.Send(piece); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) fragmentBytes() int { return s.options.MaxRequestBytes + overhead }
