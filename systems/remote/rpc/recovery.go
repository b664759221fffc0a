package rpc

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// The server's log holds a record of each call that finished, and of each outside
// one that began. A call that worked on the state is repeated at restart; one that
// had effects outside is not. A checkpoint stands for all records before it.

// ran is a call that is finished.
type ran struct {
	Request Request `wire:"1"`
	Reply   Reply   `wire:"2"`
}

// began is an outside call that may have run.
type began struct {
	Request Request `wire:"1"`
}

// doubted is an outside call that began before a crash and was answered Doubtful
// after it.
type doubted struct {
	Reply Reply `wire:"1"`
}

// checkpoint is state and tables as of this record.
type checkpoint struct {
	State  []byte  `wire:"1"`
	Tables *tables `wire:"2"`
}

var (
	_ = wire.Register[ran]("rpc.ran")
	_ = wire.Register[began]("rpc.began")
	_ = wire.Register[doubted]("rpc.doubted")
	_ = wire.Register[checkpoint]("rpc.checkpoint")
)

func (s *Server) append(record any) node.LSN {
	b, err := wire.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("rpc: encode a record: %v", err))
	}
	s.records++
	return s.log.Append(b)
}

// record keeps a call, unless nothing of it needs to survive.
func (s *Server) record(r *Request, k skeleton, reply *Reply) {
	if k.once() || s.cfg.State != nil {
		s.append(&ran{*r, *reply})
	}
}

// compact replaces the log by the state once it has grown long. While outside
// calls run it waits: their beginnings stand in the log.
func (s *Server) compact() {
	if s.records < s.cfg.Checkpoint || s.running > 0 {
		return
	}
	c := &checkpoint{}
	if s.cfg.State != nil {
		c.State = s.cfg.State.Snapshot()
	}
	if s.filter != nil {
		c.Tables = s.filter.state()
	}
	s.log.Trim(s.append(c))
	s.records = 0
}

// recover goes through the log, and then decides what is in doubt.
func (s *Server) recover() error {
	doubtful := map[XID]bool{}
	var order []XID
	for lsn, b := range s.log.Records(0) {
		m, err := wire.Unmarshal(b)
		if err != nil {
			return fmt.Errorf("read log at record %d: %w", lsn, err)
		}
		s.records++
		switch r := m.(type) {
		case *checkpoint:
			err, order = s.restore(r), nil
			clear(doubtful)
		case *began:
			s.again(&r.Request)
			doubtful[r.Request.ID], order = true, append(order, r.Request.ID)
		case *ran:
			err = s.redo(r)
			delete(doubtful, r.Request.ID)
		case *Forget:
			if s.filter != nil {
				s.filter.forget(r.Client)
			}
		case *doubted:
			s.settled(&r.Reply)
			delete(doubtful, r.Reply.ID)
		default:
			err = fmt.Errorf("%T is no record of a server's", m)
		}
		if err != nil {
			return fmt.Errorf("read log at record %d: %w", lsn, err)
		}
	}
	for _, id := range order {
		if doubtful[id] {
			s.settle(id)
		}
	}
	return nil
}

func (s *Server) restore(c *checkpoint) error {
	if s.filter != nil {
		s.filter = newFilter(s.cfg.MaxClients, s.cfg.MaxOpen)
		if c.Tables != nil {
			s.filter.restore(c.Tables)
		}
	}
	if s.cfg.State == nil {
		return nil
	}
	if err := s.cfg.State.Restore(c.State); err != nil {
		return fmt.Errorf("restore state: %w", err)
	}
	return nil
}

// again enters a call of the log into the tables, as pending. It reports whether
// that is its first record.
func (s *Server) again(r *Request) {
	if s.filter == nil {
		return
	}
	if v, _ := s.filter.admit("", r); v == begin {
		s.filter.start(r.ID)
	}
}

// redo repeats a call of the log. Its reply is the one that was given.
func (s *Server) redo(r *ran) error {
	k, args, _, err := s.look(&r.Request)
	if err != nil {
		return fmt.Errorf("call %s of %s: %w", r.Request.ID, r.Request.Method, err)
	}
	if k.once() {
		s.again(&r.Request)
	}
	if k.inside != nil {
		k.inside(args)
	}
	if k.once() {
		s.settled(&r.Reply)
	}
	return nil
}

// settled enters the answer of a call of the log into the tables, if there are any:
// promises may have changed since it was written.
func (s *Server) settled(r *Reply) {
	if s.filter != nil {
		s.filter.finish(r)
	}
}

// settle answers a call for good of which nobody knows whether it ran.
func (s *Server) settle(id XID) {
	reply := &Reply{ID: id, Status: Doubtful, Result: []byte("the server died while it ran")}
	s.append(&doubted{*reply})
	s.settled(reply)
}
