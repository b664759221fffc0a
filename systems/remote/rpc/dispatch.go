package rpc

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// skeleton is the server's half of a procedure's stub: it turns bytes into
// native values, calls, and turns the result into bytes. Exactly one of inside and
// outside is set.
type skeleton struct {
	promise Semantics
	inside  func(args any) (Status, []byte)
	outside func(t node.Task, args any) (Status, []byte)
	decode  func(args []byte) (any, error)
}

// Handle adds a procedure that works on the server's own state (Config.State)
// and on nothing else. It must be a deterministic function of that state and its
// arguments, for it is called again when the server goes through its log. A and
// R are plain structs as kernel/wire describes them. promise is that of this
// procedure, Config.Semantics if it is left out.
func Handle[A, R any](s *Server, method string, f func(*A) (*R, error), promise ...Semantics) {
	s.add(method, promise, skeleton{
		decode: unpack[A],
		inside: func(args any) (Status, []byte) { return pack(f(args.(*A))) },
	})
}

// HandleOutside adds a procedure that takes time, calls others, or has effects
// outside this server. It runs as a task; several may run at a time.
func HandleOutside[A, R any](s *Server, method string, f func(node.Task, *A) (*R, error), promise ...Semantics) {
	s.add(method, promise, skeleton{
		decode:  unpack[A],
		outside: func(t node.Task, args any) (Status, []byte) { return pack(f(t, args.(*A))) },
	})
}

func (s *Server) add(method string, promise []Semantics, k skeleton) {
	if k.promise = s.cfg.Semantics; len(promise) > 0 {
		k.promise = promise[0]
	}
	if _, twice := s.methods[method]; twice || method == "" {
		panic(fmt.Sprintf("rpc: method %q is named twice, or not at all", method))
	}
	s.methods[method] = k
}

// once tells whether copies of a call must not run: whether the tables are asked.
func (k skeleton) once() bool { return k.promise != AtLeastOnce }

// remembers tells whether any procedure needs the tables.
func (s *Server) remembers() bool {
	//parley:unordered any of them will do
	for _, k := range s.methods {
		if k.once() {
			return true
		}
	}
	return s.cfg.Semantics != AtLeastOnce
}

func unpack[A any](args []byte) (any, error) {
	a := new(A)
	return a, wire.UnmarshalBody(args, a)
}

func pack[R any](result *R, err error) (Status, []byte) {
	if err != nil {
		return Failed, []byte(err.Error())
	}
	if result == nil {
		result = new(R)
	}
	b, err := wire.AppendBody(nil, result)
	if err != nil {
		return Failed, []byte(fmt.Sprintf("result cannot be encoded: %v", err))
	}
	return OK, b
}

var errNoMethod = errors.New("the server has no procedure of that name")

// look finds the skeleton that a request names, and decodes the arguments before
// anything of the call is kept.
func (s *Server) look(r *Request) (k skeleton, args any, status Status, err error) {
	k, ok := s.methods[r.Method]
	//parley:rule rpc.server.dispatcher-and-skeleton force=false
	if !ok {
		return k, nil, NoMethod, errNoMethod
	}
	//parley:rule rpc.server.dispatcher-and-skeleton force=false
	if args, err = k.decode(r.Args); err != nil {
		return k, nil, BadArguments, err
	}
	return k, args, 0, nil
}
