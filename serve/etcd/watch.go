package etcd

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"
)

// watchServer is the service Watch: any number of watches share a stream.
//
// A stream has two goroutines and a part of the loop:
//
//	receive   reads requests and has the loop carry them out
//	loop      makes and ends watches; batches of the store arrive here. All
//	          that is to be sent goes into the outbox, so what the client sees
//	          is in the order of the loop
//	send      writes the outbox to the client; when it runs low, asks the loop
//	          to pull for watches that are behind
//
// The outbox is bounded. When it is full the store's watchers fall behind and
// are read from the history at the client's pace.
type watchServer struct {
	*Server
	pb.UnsafeWatchServer
}

type watchRPC = grpc.BidiStreamingServer[pb.WatchRequest, pb.WatchResponse]

// invalidWatchID marks responses that belong to no watch, or to several.
const invalidWatchID = -1

func (s *watchServer) Watch(rpc watchRPC) error {
	w := newWatchStream(s.Server, rpc.Context())
	defer w.close()
	received := make(chan error, 1)
	go func() {
		if err := w.receive(rpc); err != nil {
			received <- err
		}
	}()
	ticker := time.NewTicker(s.progressEvery())
	defer ticker.Stop()
	for {
		if err := w.send(rpc); err != nil {
			return err
		}
		select {
		case <-w.out.ready:
		case <-ticker.C:
			w.post(w.notifyProgress)
		case err := <-received:
			return watchError(err)
		case <-w.ctx.Done():
			return watchError(streamError(w.ctx))
		case <-s.loop.Done():
			return rpctypes.ErrGRPCStopped
		}
	}
}

// progressEvery spreads the notices of streams that began together.
func (s *watchServer) progressEvery() time.Duration {
	every := s.options.ProgressInterval
	return every + rand.N(every/10+1)
}

func watchError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, rpctypes.ErrGRPCCanceled) {
		return rpctypes.ErrGRPCWatchCanceled
	}
	return err
}

// receive carries out requests until the client sends no more. A client that
// closed its side still gets events: only an error ends the stream.
func (w *watchStream) receive(rpc watchRPC) error {
	for {
		in, err := rpc.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.handle(in); err != nil {
			return err
		}
		if err := w.waitForRoom(); err != nil {
			return err
		}
	}
}

// waitForRoom keeps a client that asks but does not read from filling the
// outbox with answers.
func (w *watchStream) waitForRoom() error {
	for w.out.full() {
		select {
		case <-w.out.room:
		case <-w.ctx.Done():
			return streamError(w.ctx)
		}
	}
	return nil
}

func (w *watchStream) handle(in *pb.WatchRequest) error {
	switch q := in.RequestUnion.(type) {
	case *pb.WatchRequest_CreateRequest:
		if q.CreateRequest != nil {
			return w.call(func(Replica) { w.create(q.CreateRequest) })
		}
	case *pb.WatchRequest_CancelRequest:
		if q.CancelRequest != nil {
			return w.call(func(Replica) { w.cancel(q.CancelRequest.WatchId) })
		}
	case *pb.WatchRequest_ProgressRequest:
		return w.call(func(Replica) { w.requestProgress() })
	}
	return nil
}

// send writes what is in the outbox.
func (w *watchStream) send(rpc watchRPC) error {
	for {
		response, fragment, ok := w.out.next()
		if !ok {
			w.pullMore()
			return nil
		}
		if err := sendFragments(rpc, response, fragment, w.server.fragmentBytes()); err != nil {
			return err
		}
	}
}
