package rsm

import (
	"maps"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// remotes is the remote clients' commands that wait at this leader.
type remotes struct {
	waiting map[request]node.Addr
}

func (c *remotes) init() { c.waiting = map[request]node.Addr{} }

func (r *Replica) onRequest(from node.Addr, m *Request) {
	switch {
	case m.Kind == Question:
		r.onQuestion(from, m)
	case !r.Leading():
		r.env.SendEarly(from, &Response{Code: CodeOf(ErrNotLeader), Leader: r.leader})
	case len(m.Body) > r.cfg.MaxCommand:
		r.respond(from, &Response{Code: CodeOf(ErrTooLarge)})
	case m.Kind == OpenSession:
		r.take(from, opening(m.Seq, r.cfg.MaxSessions))
	case m.Kind == Command && m.Session != 0:
		r.onCommand(from, m)
	default:
		r.respond(from, &Response{Code: CodeOf(ErrRefused)})
	}
}

// onCommand answers at once what was executed already: executed is committed.
func (r *Replica) onCommand(from node.Addr, m *Request) {
	if result, found := r.sessions.find(m.Session, m.Seq); found {
		r.respond(from, &Response{Result: result})
		return
	}
	r.take(from, item{m.Session, m.Seq, m.Acked, m.Body})
}

// take has an item submitted, unless that has been done in this leadership.
func (r *Replica) take(from node.Addr, it item) {
	key := request{it.session, it.seq}
	if _, again := r.remote.waiting[key]; again {
		r.remote.waiting[key] = from
		return
	}
	if len(r.remote.waiting) >= r.cfg.MaxOutstanding || !r.enqueue(appendItem(nil, it)) {
		r.respond(from, &Response{Code: CodeOf(ErrBusy)})
		return
	}
	r.remote.waiting[key] = from
	r.flush()
}

// respond sends an answer. It may overtake the disk: a result is of a command
// that was committed, so it is on as many disks as it takes to survive, whether
// or not this one is among them; and a refusal promises nothing.
func (r *Replica) respond(to node.Addr, m *Response) { r.env.SendEarly(to, m) }

// opened answers who asked for a session.
func (c *remotes) opened(r *Replica, nonce, id uint64) {
	if from, ok := c.pop(request{0, nonce}); ok {
		r.respond(from, &Response{Session: id})
	}
}

// executed answers who waits for a command.
func (c *remotes) executed(r *Replica, it item, result []byte, err error) {
	if from, ok := c.pop(request{it.session, it.seq}); ok {
		r.respond(from, &Response{Code: CodeOf(err), Result: result})
	}
}

func (c *remotes) pop(key request) (node.Addr, bool) {
	if len(c.waiting) == 0 {
		return "", false
	}
	from, ok := c.waiting[key]
	delete(c.waiting, key)
	return from, ok
}

// settle answers whose command a restored state has executed.
func (c *remotes) settle(r *Replica) {
	//parley:noties the comparison tells any two keys of the map apart
	for _, key := range slices.SortedFunc(maps.Keys(c.waiting), compareRequests) {
		if result, found := r.sessions.find(key.session, key.seq); found {
			r.respond(c.waiting[key], &Response{Result: result})
			delete(c.waiting, key)
		}
	}
}

// abandon tells all who wait to ask the new leader. What they sent may be
// ordered nevertheless.
func (c *remotes) abandon(r *Replica) {
	//parley:noties the comparison tells any two keys of the map apart
	for _, key := range slices.SortedFunc(maps.Keys(c.waiting), compareRequests) {
		r.respond(c.waiting[key], &Response{Code: CodeOf(ErrUnknown), Leader: r.leader})
	}
	clear(c.waiting)
}

// onQuestion answers a query at the level that it asks for, from this replica.
func (r *Replica) onQuestion(from node.Addr, m *Request) {
	question, err := wire.Unmarshal(m.Body)
	if err != nil || m.Level > Serializable {
		r.respond(from, &Response{Code: CodeOf(ErrRefused)})
		return
	}
	r.ReadOf(r.objectOf(question), m.Level, func(err error) {
		if err != nil {
			r.respond(from, &Response{Code: CodeOf(err), Leader: r.leader})
			return
		}
		answer, err := wire.Marshal(r.machine.Query(question))
		if err != nil {
			r.respond(from, &Response{Code: CodeOf(ErrRefused)})
			return
		}
		r.respond(from, &Response{Result: answer})
	})
}
