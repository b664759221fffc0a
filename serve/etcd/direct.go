package etcd

import (
	"context"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/protobuf/proto"

	"github.com/parleysystems/parley/serve/h2"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// The two calls that clients make most are direct: the goroutine that reads from
// the client puts them into the queue, and the loop puts their answers into the
// client's outbox. No goroutine waits for them. A client that gives one up is
// not waited for either: its answer is dropped when it comes.

// direct is such a call.
type direct struct {
	server *Server
	call   h2.Call
	method string
	begin  time.Time
	reply  func(answer) (proto.Message, error)
}

// answer runs on the loop.
func (d *direct) answer(a answer) {
	m, err := d.reply(a)
	d.server.metrics.observe(d.method, d.begin, err)
	if err != nil {
		d.call.Fail(err)
		return
	}
	d.call.Reply(m)
}

func (s *Server) newDirect(call h2.Call, method string) *direct {
	return &direct{server: s, call: call, method: method, begin: time.Now()}
}

// accept reads a request, as far as it can be refused without asking anybody.
func (d *direct) accept(in proto.Message, check func() error) bool {
	err := d.call.Request(in)
	if err == nil {
		err = d.server.mayServe(d.call.Header(rpctypes.MetadataRequireLeaderKey) == rpctypes.MetadataHasLeader)
	}
	if err == nil {
		err = check()
	}
	if err != nil {
		d.fail(err)
	}
	return err == nil
}

// fail answers with an error that is ready for the client.
func (d *direct) fail(err error) { d.answerWith(nil, err) }

func (d *direct) answerWith(m proto.Message, err error) {
	d.reply = func(answer) (proto.Message, error) { return m, err }
	d.answer(answer{})
}

// enqueue hands a request to the loop.
func (d *direct) enqueue(q *request) {
	q.direct = d
	if err := d.server.enqueue(q); err != nil {
		d.fail(toGRPC(err))
	}
}

func (s *Server) directRange(call h2.Call) {
	in, d := new(pb.RangeRequest), s.newDirect(call, pb.KV_Range_FullMethodName)
	if !d.accept(in, func() error { return checkRange(in) }) {
		return
	}
	if len(in.RangeEnd) > 0 {
		go d.readWide(in)
		return
	}
	d.reply = func(a answer) (proto.Message, error) {
		if a.err != nil {
			return nil, toGRPC(a.err)
		}
		return s.found(a.reply.(*kv.RangeResult))
	}
	q := s.newRequest()
	q.command, q.ask, q.level = nil, rangeOf(in), s.level(in.Serializable)
	d.enqueue(q)
}

// readWide reads what may take long.
func (d *direct) readWide(in *pb.RangeRequest) {
	m, err := d.server.rangeOver(context.Background(), in)
	if err != nil {
		d.fail(err)
		return
	}
	d.answerWith(m, nil)
}

func (s *Server) directPut(call h2.Call) {
	in, d := new(pb.PutRequest), s.newDirect(call, pb.KV_Put_FullMethodName)
	if !d.accept(in, func() error { return checkPut(in) }) {
		return
	}
	d.reply = func(a answer) (proto.Message, error) {
		r, err := s.resultOf(a)
		if err != nil {
			return nil, err
		}
		return putResponse(r.Put, s.header(r.Revision)), nil
	}
	q, err := s.newCommand(&kv.Command{Put: putOf(in)})
	if err != nil {
		d.fail(err)
		return
	}
	d.enqueue(q)
}
