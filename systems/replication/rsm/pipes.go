package rsm

import (
	"maps"
	"slices"

	"github.com/parleysystems/parley/node"
)

// pipes is the sessions that send their commands to this leader many at a time.
//
// The leader remembers no single command: whatever it executes of such a
// session it tells the session's owner, all results of one Apply in one message.
// A result that is lost is asked for by sending the command again, which finds
// it in the table of sessions.
type pipes struct {
	bySession map[uint64]*pipe
	latest    *pipe   // of bySession; commands of one session come in runs
	told      []*pipe // with outcomes, in the order of their first
}

type pipe struct {
	session  uint64
	owner    node.Addr
	outcomes []byte
}

// maxTold is when outcomes are sent in the midst of an Apply, in bytes.
const maxTold = 1 << 20

func (c *pipes) init() { c.bySession = map[uint64]*pipe{} }

// onCommands takes a message of commands, all of it or nothing.
func (r *Replica) onCommands(from node.Addr, m *Commands) {
	session, err := r.checkCommands(m.Batch)
	if err != nil {
		r.refuse(from, m.ID, err)
		return
	}
	if !r.outbox.room(2*len(m.Batch)+r.outbox.queued, r.cfg) {
		// Half of the queue is for those that cannot be told that it is full.
		r.refuse(from, m.ID, ErrBusy)
		return
	}
	p := r.pipes.of(r, session)
	p.owner = from
	r.enqueue(r.sift(p, m.Batch))
	r.pipes.tell(r)
	r.flush()
}

// checkCommands returns the one session of a batch that makes sense.
func (r *Replica) checkCommands(batch []byte) (session uint64, err error) {
	if !r.Leading() {
		return 0, ErrNotLeader
	}
	if len(batch) == 0 {
		return 0, ErrRefused
	}
	for len(batch) > 0 {
		it, rest, err := nextItem(batch)
		if err != nil || it.opens() || session != 0 && it.session != session {
			return 0, ErrRefused
		}
		if len(it.body) > r.cfg.MaxCommand {
			return 0, ErrTooLarge
		}
		session, batch = it.session, rest
	}
	return session, nil
}

// sift answers what was executed already, and returns the rest.
func (r *Replica) sift(p *pipe, batch []byte) []byte {
	var kept []byte
	sifted := false
	for at := batch; len(at) > 0; {
		it, rest, err := nextItem(at)
		if err != nil {
			panic("rsm: a batch that was checked is malformed")
		}
		if result, found := r.sessions.find(it.session, it.seq); found {
			if !sifted {
				kept, sifted = append(kept, batch[:len(batch)-len(at)]...), true
			}
			r.pipes.append(p, it.seq, nil, result)
		} else if sifted {
			kept = append(kept, at[:len(at)-len(rest)]...)
		}
		at = rest
	}
	if !sifted {
		return batch
	}
	return kept
}

// of returns the session's pipe, made if need be. Whether the session is alive
// the log decides. There may be as many pipes of sessions that are not in the
// table as of those that are.
func (c *pipes) of(r *Replica, session uint64) *pipe {
	p := c.bySession[session]
	if p == nil {
		if len(c.bySession) >= 2*r.cfg.MaxSessions {
			c.sweep(r)
		}
		p = &pipe{session: session}
		c.bySession[session] = p
	}
	return p
}

// sweep forgets the pipes of sessions that are not in the table.
func (c *pipes) sweep(r *Replica) {
	for session := range c.bySession {
		if r.sessions.byID[session] == nil {
			delete(c.bySession, session)
		}
	}
	c.latest = nil
}

// executed notes what came of a command, for its session's owner.
func (c *pipes) executed(r *Replica, it item, result []byte, err error) {
	if len(c.bySession) == 0 {
		return
	}
	if c.latest == nil || c.latest.session != it.session {
		c.latest = c.bySession[it.session]
	}
	if p := c.latest; p != nil {
		c.append(p, it.seq, err, result)
		if len(p.outcomes) > maxTold {
			c.tell(r)
		}
	}
}

func (c *pipes) append(p *pipe, seq uint64, err error, result []byte) {
	if len(p.outcomes) == 0 {
		c.told = append(c.told, p)
	}
	p.outcomes = appendOutcome(p.outcomes, seq, CodeOf(err), result)
}

// tell sends what has gathered. It may overtake the disk, see respond.
func (c *pipes) tell(r *Replica) {
	for i, p := range c.told {
		r.env.SendEarly(p.owner, &Executed{Session: p.session, Outcomes: p.outcomes})
		p.outcomes = make([]byte, 0, min(cap(p.outcomes), maxTold))
		c.told[i] = nil
	}
	c.told = c.told[:0]
}

// abandon tells all owners to turn to the new leader, in the order of their
// sessions.
func (c *pipes) abandon(r *Replica) {
	for _, session := range slices.Sorted(maps.Keys(c.bySession)) {
		r.refuse(c.bySession[session].owner, 0, ErrUnknown)
	}
	clear(c.bySession)
	c.latest, c.told = nil, nil
}

// refuse promises nothing, so it may overtake the disk.
func (r *Replica) refuse(to node.Addr, id uint64, err error) {
	r.env.SendEarly(to, &Refused{ID: id, Code: CodeOf(err), Leader: r.leader})
}
