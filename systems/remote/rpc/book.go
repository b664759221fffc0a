package rpc

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// book is a client's log of calls that are under way (ExactlyOnce): a call is in it
// before its first request leaves, by the output rule, and a client that comes
// back sends it again under the same XID.
type book struct {
	log     node.Log
	pending []entered // in the order of the log
}

// entered is a record of a call, and where it stands.
type entered struct {
	Server  node.Addr `wire:"1"`
	Request Request   `wire:"2"`
	lsn     node.LSN  `wire:"-"`
}

// left is a record of a call that is over.
type left struct {
	ID XID `wire:"1"`
}

var (
	_ = wire.Register[entered]("rpc.entered")
	_ = wire.Register[left]("rpc.left")
)

func openBook(env node.Env) (*book, error) {
	b := &book{log: env.Log("rpc-calls")}
	for lsn, record := range b.log.Records(0) {
		m, err := wire.Unmarshal(record)
		if err != nil {
			return nil, fmt.Errorf("rpc: calls of %s: read log at record %d: %w", env.Self(), lsn, err)
		}
		switch r := m.(type) {
		case *entered:
			r.lsn = lsn
			b.pending = append(b.pending, *r)
		case *left:
			b.cross(r.ID)
		}
	}
	return b, nil
}

func (b *book) begin(server node.Addr, r *Request) {
	e := entered{Server: server, Request: *r}
	e.lsn = b.append(&e)
	b.pending = append(b.pending, e)
}

func (b *book) end(id XID) {
	b.append(&left{id})
	b.cross(id)
	if len(b.pending) > 0 {
		b.log.Trim(b.pending[0].lsn)
	} else {
		b.log.Trim(b.log.Next())
	}
}

func (b *book) cross(id XID) {
	b.pending = slices.DeleteFunc(b.pending, func(e entered) bool { return e.Request.ID == id })
}

func (b *book) append(record any) node.LSN {
	bytes, err := wire.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("rpc: encode a record: %v", err))
	}
	return b.log.Append(bytes)
}

// Resume goes on with the calls that an earlier incarnation of this client had
// under way, each in a task of its own, and tells ClientConfig.Resumed of their
// ends.
func (c *Client) Resume() {
	if c.book == nil {
		return
	}
	for _, p := range slices.Clone(c.book.pending) {
		c.env.Go(func(t node.Task) {
			reply, _ := c.finish(t, ExactlyOnce, p.Server, &p.Request) // what went wrong stands in the reply
			if c.cfg.Resumed != nil && reply != nil {
				c.cfg.Resumed(p.Server, p.Request.Method, reply)
			}
		})
	}
}
