package snapshot

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// wrapped is the Env of the process: what it sends to members goes through the
// layer, all else to where it always went.
type wrapped struct {
	node.Env
	layer *Layer
}

// Send implements node.Env.
func (e wrapped) Send(to node.Addr, m node.Message) {
	if place := slices.Index(e.layer.cfg.Members, to); place >= 0 {
		e.layer.send(place, m)
		return
	}
	e.Env.Send(to, m)
}

// SendEarly implements node.Env. Channels keep their order, so between members it
// is Send.
func (e wrapped) SendEarly(to node.Addr, m node.Message) {
	if slices.Contains(e.layer.cfg.Members, to) {
		e.Send(to, m)
		return
	}
	e.Env.SendEarly(to, m)
}

// Go implements node.Env.
func (e wrapped) Go(body func(node.Task)) {
	e.Env.Go(func(t node.Task) { body(task{t, e}) })
}

// task is a task of the process.
type task struct {
	node.Task
	env wrapped
}

// Env implements node.Task.
func (t task) Env() node.Env { return t.env }

// Call implements node.Task, for calls to parties outside the group.
func (t task) Call(to node.Addr, request node.Message, timeout time.Duration) (node.Message, error) {
	if slices.Contains(t.env.layer.cfg.Members, to) {
		panic(fmt.Sprintf("snapshot: a task of %s calls member %s, and cannot be recorded while it waits", t.env.Self(), to))
	}
	return t.Task.Call(to, request, timeout)
}

// send sends a message of the process to a member.
func (l *Layer) send(to int, m node.Message) {
	if to == l.self {
		l.own = append(l.own, m)
		l.bound(len(l.own), to)
		l.env.Send(l.env.Self(), &Own{})
		return
	}
	// Who pauses holds back; the algorithm lets the application go on.
	//parley:rule chandylamport.goals.non-intrusive-any-initiator value=len(l.open)>0
	if l.cfg.Pause && len(l.open) > 0 {
		l.held = append(l.held, sending{to, m})
		l.bound(len(l.held), to)
		return
	}
	l.post(to, m)
}

// release sends what was held back, once nothing is under way.
func (l *Layer) release() {
	if len(l.open) > 0 {
		return
	}
	held := l.held
	l.held = nil
	for _, s := range held {
		l.post(s.to, s.m)
	}
}

// post puts a message into the channel to a member.
func (l *Layer) post(to int, m node.Message) {
	switch {
	case l.lost[to]: // nobody is there who could make sense of it
	case l.cfg.Bare:
		l.direct(to, m)
	default:
		l.mesh.Send(to, m)
		l.bound(l.mesh.Backlog(), to)
	}
}

// bound halts the host if a queue has grown beyond what may be waited for: a
// message that is dropped would be a hole in a channel.
func (l *Layer) bound(n, to int) {
	if n > l.cfg.Backlog {
		l.env.Halt(fmt.Errorf("snapshot: %d messages wait at %s, the latest for %s; at most %d may",
			n, l.env.Self(), l.cfg.Members[to], l.cfg.Backlog))
	}
}

// direct sends outside the channel: it may be lost, doubled and overtaken.
func (l *Layer) direct(to int, m node.Message) {
	l.env.Send(l.cfg.Members[to], &Envelope{Epoch: l.cfg.Epoch, Life: l.life, To: l.lives[to], Body: m})
}

// sealed is the Env of the channels, whose messages carry epoch and lives.
type sealed struct {
	node.Env
	layer *Layer
}

// Send implements node.Env.
func (e sealed) Send(to node.Addr, m node.Message) {
	e.layer.direct(slices.Index(e.layer.cfg.Members, to), m)
}

// unseal hands on what is of this epoch and from one and the same life.
func (l *Layer) unseal(from int, e *Envelope) {
	if e.Epoch != l.cfg.Epoch || e.Body == nil || l.lost[from] || e.To != 0 && e.To != l.life {
		return
	}
	if l.lives[from] == 0 {
		l.lives[from] = e.Life
	}
	if l.lives[from] != e.Life {
		l.lose(from)
		return
	}
	if !l.mesh.Receive(l.cfg.Members[from], e.Body) {
		l.take(from, 0, e.Body)
	}
}

// lose stops listening to a member that came back without its past, and ends what
// needed it.
func (l *Layer) lose(place int) {
	l.lost[place] = true
	reason := fmt.Sprintf("%s came back without its past", l.cfg.Members[place])
	l.env.Note("snapshot: lost a member", attr("member", place))
	for _, r := range slices.Clone(l.open) {
		l.refuse(r.id, reason)
	}
	for _, c := range slices.Clone(l.collections) {
		l.abort(c, fmt.Errorf("%w: %v: %s", ErrAborted, c.id, reason))
	}
}
