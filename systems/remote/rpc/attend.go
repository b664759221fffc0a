package rpc

import (
	"fmt"

	"github.com/parleysystems/parley/node"
)

// Attend serves a neighbour on the server's host that is no node, such as a door:
// replies to requests that Receive has from the address that Attend returns are
// handed to take, on the server's loop, in their order, each once all that was
// logged before is durable (I3). They pass no other loop. Attend runs on the loop
// too, and again in each incarnation.
func (s *Server) Attend(service string, take func(*Reply)) (node.Addr, error) {
	if s.env == nil {
		return "", fmt.Errorf("rpc: attend %s: the server has not started", service)
	}
	a := node.Addr(s.env.Self().Host() + "/" + service)
	if s.attended[a] != nil {
		return "", fmt.Errorf("rpc: attend %s: it is attended already", a)
	}
	if s.attended == nil {
		s.attended, s.leave = map[node.Addr]func(*Reply){}, s.handOver
	}
	s.attended[a] = take
	return a, nil
}

// departure is a reply that waits for the log.
type departure struct {
	take  func(*Reply)
	reply *Reply
}

// answer sends a reply, or has it handed over.
func (s *Server) answer(to node.Addr, r *Reply) {
	take := s.attended[to]
	if take == nil {
		s.env.Send(to, r)
		return
	}
	s.leaving = append(s.leaving, departure{take, r})
	s.env.Durable(s.leave) // in the order of these calls: each hands over one
}

// handOver hands over the reply that has waited longest.
func (s *Server) handOver() {
	d := s.leaving[s.left]
	s.leaving[s.left] = departure{}
	if s.left++; s.left > len(s.leaving)/2 {
		n := copy(s.leaving, s.leaving[s.left:])
		clear(s.leaving[n:])
		s.leaving, s.left = s.leaving[:n], 0
	}
	d.take(d.reply)
}
