package etcd

import (
	"context"
	"sync"
	"sync/atomic"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// request is a command or a question on its way through the loop. Requests are
// used again, with the functions that they hand to the replica.
type request struct {
	server *Server

	command []byte // to propose, or nil
	grows   bool   // the command makes the store larger
	level   rsm.Level
	// ask is the question to answer at that level if there is no command: one
	// for the state machine, or a func(Replica) any of the door's own.
	ask any

	replica  Replica
	proposed func(result []byte, err error)
	ready    func(err error)
	answer   chan answer // of room for one: the loop never waits
	direct   *direct     // gets the answer instead, if there is one
	at       int         // among the direct ones that are not answered yet

	abandoned atomic.Bool // nobody waits for the answer any more
}

type answer struct {
	result []byte // of a command
	reply  any    // to a question
	err    error
}

// requests is the queue in front of the loop. Whoever finds it empty posts one
// function that takes all, so a crowd of callers costs the loop one wake-up.
type requests struct {
	mu     sync.Mutex
	over   bool       // the loop has stopped: nothing is taken any more
	direct []*request // direct ones that are not answered yet, in no order
	queue  []*request
	spare  []*request // the slice that the loop has just emptied
	posted bool
	free   sync.Pool
}

// maxQueued bounds the requests that the loop has not taken yet.
const maxQueued = 1 << 15

func (s *Server) newRequest() *request {
	if q, ok := s.requests.free.Get().(*request); ok {
		return q
	}
	q := &request{server: s, answer: make(chan answer, 1)}
	q.proposed = func(result []byte, err error) { q.give(answer{result: result, err: err}) }
	q.ready = q.onReady
	return q
}

// onReady asks once the replica's state is as fresh as the request wants it.
func (q *request) onReady(err error) {
	if err != nil {
		q.give(answer{err: err})
		return
	}
	if own, ok := q.ask.(func(Replica) any); ok {
		q.give(answer{reply: own(q.replica)})
		return
	}
	q.give(answer{reply: q.replica.Query(q.ask)})
}

// give runs on the loop. Whoever was answered may rely on the door's knowing of the
// leader that made the answer possible.
func (q *request) give(a answer) {
	if q.server.leader.Load() == 0 {
		q.server.look(q.replica)
	}
	if q.direct == nil {
		q.answer <- a
		if q.abandoned.Load() {
			q.drop()
		}
		return
	}
	q.server.requests.forget(q)
	q.direct.answer(a)
	q.server.freeRequest(q)
}

// abandon says that nobody waits for the answer. A state that was pinned for it
// is released, by whichever side comes later.
func (q *request) abandon() {
	q.abandoned.Store(true)
	q.drop()
}

func (q *request) drop() {
	select {
	case a := <-q.answer:
		if pinned, ok := a.reply.(*kv.Pinned); ok {
			pinned.Release()
		}
	default:
	}
}

// forget takes a direct request out of those that are not answered.
func (r *requests) forget(q *request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.direct) - 1
	r.direct[q.at] = r.direct[last]
	r.direct[q.at].at = q.at
	r.direct[last] = nil
	r.direct = r.direct[:last]
}

func (s *Server) freeRequest(q *request) {
	q.command, q.ask, q.direct = nil, nil, nil
	s.requests.free.Put(q)
}

// propose has a command executed. The error is ready for the client.
func (s *Server) propose(ctx context.Context, c *kv.Command) (*kv.Result, error) {
	q, err := s.newCommand(c)
	if err != nil {
		return nil, err
	}
	return s.resultOf(s.await(ctx, q))
}

// newCommand returns a request to execute a command. The error is ready for the
// client.
func (s *Server) newCommand(c *kv.Command) (*request, error) {
	command := c.Encode()
	if len(command) > s.options.MaxRequestBytes {
		return nil, rpctypes.ErrGRPCRequestTooLarge
	}
	q := s.newRequest()
	q.command, q.grows, q.ask = command, c.Grows(), nil
	return q, nil
}

// resultOf reads the answer to a command. The error is ready for the client.
func (s *Server) resultOf(a answer) (*kv.Result, error) {
	if a.err != nil {
		return nil, toGRPC(a.err)
	}
	r, err := kv.DecodeResult(a.result)
	if err != nil {
		return nil, toGRPC(err)
	}
	if r.Err != 0 {
		return r, toGRPC(r.Err)
	}
	return r, nil
}

// query asks a question. The error is ready for the client.
func (s *Server) query(ctx context.Context, level rsm.Level, question any) (any, error) {
	q := s.newRequest()
	q.command, q.ask, q.level = nil, question, level
	a := s.await(ctx, q)
	if a.err != nil {
		return nil, toGRPC(a.err)
	}
	return a.reply, nil
}

// await hands q to the loop and waits for its answer.
func (s *Server) await(ctx context.Context, q *request) answer {
	if err := s.enqueue(q); err != nil {
		return answer{err: err}
	}
	select {
	case a := <-q.answer:
		s.freeRequest(q)
		return a
	case <-ctx.Done():
		q.abandon() // q is not used again: its answer is still to come
		return answer{err: ctx.Err()}
	case <-s.loop.Done():
		return answer{err: rpctypes.ErrGRPCStopped}
	}
}

func (s *Server) enqueue(q *request) error {
	r := &s.requests
	r.mu.Lock()
	switch {
	case r.over:
		r.mu.Unlock()
		return rpctypes.ErrGRPCStopped
	case len(r.queue) >= maxQueued:
		r.mu.Unlock()
		return rsm.ErrBusy
	case q.direct != nil:
		q.at = len(r.direct)
		r.direct = append(r.direct, q)
	}
	r.queue = append(r.queue, q)
	post := !r.posted
	r.posted = true
	r.mu.Unlock()
	if post && s.loop.Do(s.serveQueue) != nil && q.direct == nil {
		return rpctypes.ErrGRPCStopped
	}
	return nil // what is direct is answered by desert
}

// serveQueue runs on the loop.
func (s *Server) serveQueue(replica Replica) {
	r := &s.requests
	r.mu.Lock()
	taken := r.queue
	r.queue, r.spare, r.posted = r.spare[:0], nil, false
	r.mu.Unlock()
	s.look(replica)
	for _, q := range taken {
		s.start(replica, q)
	}
	clear(taken)
	r.mu.Lock()
	r.spare = taken
	r.mu.Unlock()
}

func (s *Server) start(replica Replica, q *request) {
	q.replica = replica
	if q.command == nil {
		replica.Read(q.level, q.ready)
		return
	}
	if err := s.steward.Admit(q.grows); err != nil {
		q.give(answer{err: err})
		return
	}
	replica.Propose(q.command, q.proposed)
}
