package main

import (
	"encoding/binary"

	"github.com/parleysystems/parley/node"
)

// Server has one lock, and gives it to one client at a time. Who is refused
// hears nothing, and asks again.
//
// Who has it is in the log, and for which attempt. Granted leaves only once that
// is durable, which is the kernel's business. What arrives late, of an attempt
// that is over, changes nothing.
type Server struct {
	env     node.Env
	log     node.Log
	holder  node.Addr // "" if the lock is free
	attempt uint64    // of the holder
}

// Start begins an incarnation: the newest record says who has the lock.
func (s *Server) Start(env node.Env) {
	s.env, s.log = env, env.Log("holder")
	for _, record := range s.log.Records(s.log.First()) {
		s.attempt, s.holder = binary.BigEndian.Uint64(record), node.Addr(record[8:])
	}
}

// Receive handles a message. A client calls from an address of its own for each
// call; Node is the client itself.
func (s *Server) Receive(from node.Addr, m node.Message) {
	client := from.Node()
	switch m := m.(type) {
	case *Acquire:
		if s.holder == "" || s.holder == client && m.Attempt >= s.attempt {
			s.hold(client, m.Attempt)
			s.env.Send(from, &Granted{})
		}
	case *Release:
		if s.holder == client && m.Attempt == s.attempt {
			s.hold("", 0)
		}
		s.env.Send(from, &Released{})
	}
}

// hold writes down who has the lock now; what was before may be forgotten.
func (s *Server) hold(holder node.Addr, attempt uint64) {
	if holder == s.holder && attempt == s.attempt {
		return
	}
	s.holder, s.attempt = holder, attempt
	record := append(binary.BigEndian.AppendUint64(nil, attempt), holder...)
	s.log.Trim(s.log.Append(record))
}
