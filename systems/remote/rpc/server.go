package rpc

import (
	"fmt"

	"github.com/parleysystems/parley/node"
)

// Semantics is the promise of a server or of a client about how often a
// procedure runs.
type Semantics uint8

// The promises, in the words of the package's table. A server that is to serve
// ExactlyOnce clients promises AtMostOnce.
const (
	AtLeastOnce Semantics = iota
	AtMostOnce
	ExactlyOnce
)

// Doubt is what a server does about an outside procedure that it may or may not
// have carried out before it died.
type Doubt uint8

const (
	// Refuse logs the call before it runs it, and after a crash in between does
	// not run it again: its effect happens at most once, and maybe not at all.
	Refuse Doubt = iota
	// Again runs the call first and logs it then: after a crash in between a
	// copy runs it again. Its effect happens at least once, and maybe twice.
	Again
)

// Config is a server's knobs. Zero values stand for the defaults that the
// comments name.
type Config struct {
	// Semantics is the promise of procedures that are added without one of their own.
	Semantics Semantics
	InDoubt   Doubt
	// State is what the procedures added with Handle work on; nil if they work
	// on nothing.
	State State
	// MaxClients bounds the clients that the table has a mark of: 65,536. MaxOpen
	// bounds the calls of one client above its mark: 1,024. The oldest that is
	// under way is admitted beyond it, for the mark waits for that one.
	MaxClients, MaxOpen int
	// MaxRunning bounds the outside procedures that run at a time: 256.
	MaxRunning int
	// Checkpoint is after how many records the log is replaced by the state: 4096.
	Checkpoint int
}

// State is what a server keeps for its procedures. It changes only while a
// procedure runs.
type State interface {
	Snapshot() []byte
	Restore(snapshot []byte) error
}

// Server is a node that runs procedures for clients.
type Server struct {
	cfg     Config
	methods map[string]skeleton
	filter  *filter // nil if all procedures are AtLeastOnce

	env     node.Env
	log     node.Log
	records int
	running int // outside procedures

	attended map[node.Addr]func(*Reply) // by whom requests come
	leaving  []departure                // from left on
	left     int
	leave    func() // handOver
}

// NewServer returns a server without procedures; add them with Handle and
// HandleOutside before it starts.
func NewServer(cfg Config) *Server {
	for _, d := range []struct {
		field *int
		value int
	}{{&cfg.MaxClients, 1 << 16}, {&cfg.MaxOpen, 1024}, {&cfg.MaxRunning, 256}, {&cfg.Checkpoint, 4096}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return &Server{cfg: cfg, methods: map[string]skeleton{}}
}

// Start implements node.Node.
func (s *Server) Start(env node.Env) {
	s.env, s.log = env, env.Log("rpc")
	if s.remembers() {
		s.filter = newFilter(s.cfg.MaxClients, s.cfg.MaxOpen)
	}
	if err := s.recover(); err != nil {
		env.Halt(fmt.Errorf("rpc: server %s: %w", env.Self(), err))
	}
}

// Receive implements node.Node: it is the dispatcher.
func (s *Server) Receive(from node.Addr, m node.Message) {
	r, ok := m.(*Request)
	if !ok {
		s.forget(from, m)
		return
	}
	k, args, status, err := s.look(r)
	if err != nil {
		s.answer(from, &Reply{ID: r.ID, Status: status, Result: []byte(err.Error())})
		return
	}
	if !k.once() {
		s.run(from, r, k, args)
		return
	}
	switch v, known := s.filter.admit(from, r); v {
	case repeat:
		s.answer(from, known)
	case stale:
		s.answer(from, &Reply{ID: r.ID, Status: Discarded, Result: []byte("the client has had its reply, or gave it up")})
	case full:
		s.overloaded(from, r)
	case begin:
		s.run(from, r, k, args)
	}
}

// forget gives up what is known of a client, if who says so may and nothing runs for it.
func (s *Server) forget(from node.Addr, m node.Message) {
	f, ok := m.(*Forget)
	if ok && s.filter != nil && from.Host() == s.env.Self().Host() && s.filter.forget(f.Client) {
		s.append(f)
		s.compact()
	}
}

func (s *Server) overloaded(to node.Addr, r *Request) {
	s.answer(to, &Reply{ID: r.ID, Status: Overloaded, Result: []byte("too many clients or calls")})
}

// run begins a procedure.
func (s *Server) run(from node.Addr, r *Request, k skeleton, args any) {
	if k.outside != nil && s.running >= s.cfg.MaxRunning {
		s.overloaded(from, r)
		return
	}
	if k.once() {
		//parley:rule rpc.atmostonce.pending-flag drop
		s.filter.start(r.ID)
	}
	if k.outside != nil {
		s.runOutside(from, r, k, args)
		return
	}
	status, result := k.inside(args)
	s.finish(from, r, k, &Reply{ID: r.ID, Status: status, Result: result})
}

// runOutside runs a procedure as a task, behind or ahead of its record.
func (s *Server) runOutside(from node.Addr, r *Request, k skeleton, args any) {
	s.running++
	start := func() {
		s.env.Go(func(t node.Task) {
			status, result := k.outside(t, args)
			s.running--
			s.finish(from, r, k, &Reply{ID: r.ID, Status: status, Result: result})
		})
	}
	if !k.once() || s.cfg.InDoubt == Again {
		start()
		return
	}
	s.append(&began{Request: *r})
	s.env.Durable(start)
}

// finish records what came of a call and tells all who wait for it. The reply
// leaves after the record is durable, by the output rule (I3).
func (s *Server) finish(from node.Addr, r *Request, k skeleton, reply *Reply) {
	//parley:rule rpc.atmostonce.server-crash rpc.exactlyonce.server-log drop
	s.record(r, k, reply)
	//parley:rule rpc.path.stub-to-stub drop
	s.answer(from, reply)
	if k.once() {
		for _, other := range s.filter.finish(reply) {
			s.answer(other, reply)
		}
	}
	s.compact()
}
