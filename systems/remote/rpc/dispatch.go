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
	inside  func(args []byte) (Status, []byte)
	outside func(t node.Task, args []byte) (Status, []byte)
	check   func(args []byte) error
}

// Handle adds a procedure that works on the server's own state (Config.State)
// and on nothing else. It must be a deterministic function of that state and its
// arguments, for it is called again when the server goes through its log. A and
// R are plain structs as kernel/wire describes them.
func Handle[A, R any](s *Server, method string, f func(*A) (*R, error)) {
	s.add(method, skeleton{
		check:  decodes[A],
		inside: func(args []byte) (Status, []byte) { return pack(f(unpack[A](args))) },
	})
}

// HandleOutside adds a procedure that takes time, calls others, or has effects
// outside this server. It runs as a task; several may run at a time.
func HandleOutside[A, R any](s *Server, method string, f func(node.Task, *A) (*R, error)) {
	s.add(method, skeleton{
		check:   decodes[A],
		outside: func(t node.Task, args []byte) (Status, []byte) { return pack(f(t, unpack[A](args))) },
	})
}

func (s *Server) add(method string, k skeleton) {
	if _, twice := s.methods[method]; twice || method == "" {
		panic(fmt.Sprintf("rpc: method %q is named twice, or not at all", method))
	}
	s.methods[method] = k
}

func decodes[A any](args []byte) error { return wire.UnmarshalBody(args, new(A)) }

func unpack[A any](args []byte) *A {
	a := new(A)
	if err := wire.UnmarshalBody(args, a); err != nil {
		panic(fmt.Sprintf("rpc: arguments that were checked do not decode: %v", err))
	}
	return a
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

// look finds the skeleton that a request names, and judges the arguments before
// anything of the call is kept.
func (s *Server) look(r *Request) (skeleton, Status, error) {
	k, ok := s.methods[r.Method]
	//parley:rule rpc.server.dispatcher-and-skeleton force=false
	if !ok {
		return k, NoMethod, errNoMethod
	}
	//parley:rule rpc.server.dispatcher-and-skeleton force=false
	if err := k.check(r.Args); err != nil {
		return k, BadArguments, err
	}
	return k, 0, nil
}
